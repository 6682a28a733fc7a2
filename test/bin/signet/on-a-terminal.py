# Runs a command on a pseudo-terminal: waits for the prompt, types the text given in hex, and prints as JSON what it saw.
# It waits for the prompt of a secret, which echoes nothing. PROMPT in the environment names another prompt, which echoes.
import json, os, pty, select, sys, termios

typed, command = bytes.fromhex(sys.argv[1]), sys.argv[2:]
prompt = os.environ.get("PROMPT")
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)

def is_raw():
    flags = termios.tcgetattr(terminal)[3]
    return not flags & (termios.ECHO | termios.ICANON)

seen, sent, was_raw = b"", False, False
while select.select([terminal], [], [], 15)[0]:
    try:
        some = os.read(terminal, 65536)
    except OSError:
        break
    if not some:
        break
    seen += some
    if not sent and (prompt or "Secret (not shown): ").encode() in seen:
        # The prompt may be written just before the echo is switched off.
        while not prompt and not is_raw():
            select.select([], [], [], 0.005)
        was_raw = not prompt
        os.write(terminal, typed)
        sent = True
_, status = os.waitpid(child, 0)
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "seen": seen.decode("utf-8", "replace"), "wasRaw": was_raw}))
