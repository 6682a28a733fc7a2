# The senders and receivers of every HMAC scheme that Python users have, with the standard library and without our code.
# The process reads and writes JSON lines. An input line is one of:
#   {"op": "send", "scheme", "secret", "keyId", "bodyHex", "nowMs", "nonce"?, "id"?}  ->  {"headers": {}}
#   {"op": "receive", "scheme", "secret", "bodyHex", "headers", "nowMs", "path"?}     ->  {"status": 204 | 401 | 500}
import base64
import hashlib
import hmac
import json
import re
import sys
import uuid

WHSEC = "whsec_"


def digest(key, *pieces):
    if isinstance(key, str):
        key = key.encode()
    return hmac.new(key, b"".join(pieces), hashlib.sha256).digest()


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def whsec_key(secret):
    return base64.b64decode(secret[len(WHSEC):] if secret.startswith(WHSEC) else secret)


def same(one, other):
    return hmac.compare_digest(one.encode(), other.encode())


def is_fresh(seconds, now_ms):
    return re.fullmatch(r"[0-9]+", seconds) is not None and abs(now_ms / 1000 - int(seconds)) <= 300


def send_link_peeler(m):
    t = str(m["nowMs"] // 1000)
    nonce = m.get("nonce") or str(uuid.uuid4())
    mac = digest(m["secret"], f"{t}.{nonce}.".encode(), m["body"]).hex()
    return {
        "x-link-peeler-key": m["keyId"],
        "x-link-peeler-timestamp": t,
        "x-link-peeler-nonce": nonce,
        "x-link-peeler-signature": mac,
    }


def receive_link_peeler(m):
    headers = m["headers"]
    t = headers.get("x-link-peeler-timestamp", "")
    nonce = headers.get("x-link-peeler-nonce", "")
    if not nonce or not is_fresh(t, m["nowMs"]):
        return False
    expected = digest(m["secret"], f"{t}.{nonce}.".encode(), m["body"]).hex()
    return same(headers.get("x-link-peeler-signature", ""), expected)


def send_vouchersx(m):
    t = str(m["nowMs"] // 1000)
    mac = digest(m["secret"], f"{t}.".encode(), m["body"]).hex()
    return {"x-partner-slug": m["keyId"], "x-signature": f"t={t},v1={mac}"}


def receive_vouchersx(m):
    pairs = [part.partition("=")[::2] for part in m["headers"].get("x-signature", "").split(",")]
    t = next((value for name, value in pairs if name == "t"), "")
    if not is_fresh(t, m["nowMs"]):
        return False
    expected = digest(m["secret"], f"{t}.".encode(), m["body"]).hex()
    return any(same(value.lower(), expected) for name, value in pairs if name == "v1")


def send_daylight(m):
    t = str(m["nowMs"] // 1000)
    mac = base64url(digest(m["secret"], f"{t}.".encode(), m["body"]))
    return {"x-signet-key": m["keyId"], "daylight-signature": f"t={t},v1={mac}"}


def receive_daylight(m):
    # A later v1 overwrites an earlier one, and the age is not checked.
    values = dict(part.partition("=")[::2] for part in m["headers"].get("daylight-signature", "").split(","))
    expected = base64url(digest(m["secret"], f"{values.get('t', '')}.".encode(), m["body"]))
    return same(values.get("v1", ""), expected)


def send_nitro(m):
    t = str(m["nowMs"])
    return {
        "x-signet-key": m["keyId"],
        "x-timestamp": t,
        "x-signature": digest(m["secret"], t.encode(), m["body"]).hex(),
    }


def receive_nitro(m):
    path = m.get("path", "/api")
    if path != "/api" and not path.startswith("/api/"):
        return True
    t = m["headers"].get("x-timestamp", "")
    if not re.fullmatch(r"[0-9]{13}", t) or abs(m["nowMs"] - int(t)) > 300_000:
        return False
    return same(m["headers"].get("x-signature", ""), digest(m["secret"], t.encode(), m["body"]).hex())


def send_tolinku(m):
    return {
        "content-type": "application/json",
        "x-webhook-event": "link.completed",
        "x-webhook-signature": digest(m["secret"], m["body"]).hex(),
    }


def receive_tolinku(m):
    is_json = m["headers"].get("content-type", "").split(";")[0].strip().lower() == "application/json"
    body = m["body"] if is_json else None
    return same(m["headers"].get("x-webhook-signature", ""), digest(m["secret"], body).hex())


def standard_webhooks_signature(secret, message_id, t, body):
    mac = digest(whsec_key(secret), f"{message_id}.{t}.".encode(), body)
    return base64.b64encode(mac).decode()


def send_standard_webhooks(m):
    message_id = m.get("id") or f"msg_{uuid.uuid4().hex}"
    t = str(m["nowMs"] // 1000)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": t,
        "webhook-signature": "v1," + standard_webhooks_signature(m["secret"], message_id, t, m["body"]),
    }


def receive_standard_webhooks(m):
    headers = m["headers"]
    message_id = headers.get("webhook-id", "")
    t = headers.get("webhook-timestamp", "")
    if not message_id or not is_fresh(t, m["nowMs"]):
        return False
    expected = standard_webhooks_signature(m["secret"], message_id, t, m["body"])
    versioned = [item.partition(",")[::2] for item in headers.get("webhook-signature", "").split(" ")]
    return any(version == "v1" and same(value, expected) for version, value in versioned)


SEND = {
    "link-peeler": send_link_peeler,
    "vouchersx": send_vouchersx,
    "daylight": send_daylight,
    "nitro": send_nitro,
    "tolinku": send_tolinku,
    "standard-webhooks": send_standard_webhooks,
}

RECEIVE = {
    "link-peeler": receive_link_peeler,
    "vouchersx": receive_vouchersx,
    "daylight": receive_daylight,
    "nitro": receive_nitro,
    "tolinku": receive_tolinku,
    "standard-webhooks": receive_standard_webhooks,
}


def answer(message):
    message["body"] = bytes.fromhex(message["bodyHex"])
    if message["op"] == "send":
        return {"headers": SEND[message["scheme"]](message)}
    receive = RECEIVE[message["scheme"]]
    try:
        return {"status": 204 if receive(message) else 401}
    except Exception:
        # A web framework answers 500 when a handler throws.
        return {"status": 500}


# The lines are read as bytes, so that they are UTF-8 in every locale.
for line in sys.stdin.buffer:
    print(json.dumps(answer(json.loads(line))), flush=True)
