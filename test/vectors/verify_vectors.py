# Verifies the vectors of every profile with only Python's standard library, independently of our code.
# It prints for each file how many results agree, and how many vectors it skipped because openssl for Ed25519 is missing.
# Usage: python3 verify_vectors.py [folder]. The default folder is the one of this script.
import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True  # makes no folder of compiled modules among the vectors

from message_signatures import Openssl, Refused, check_request, malformed

SECONDS, MILLISECONDS = '[1-9][0-9]{9}', '[1-9][0-9]{12}'
LOWER_HEX, ANY_HEX = '[0-9a-f]{64}', '[0-9A-Fa-f]{64}'

# For each profile: its headers, the signed text before the body, and the format of a signature.
SEPARATE = {
    'link-peeler': {
        'headers': {'timestamp': 'x-link-peeler-timestamp', 'nonce': 'x-link-peeler-nonce', 'signature': 'x-link-peeler-signature'},
        'before': '{timestamp}.{nonce}.',
        'form': LOWER_HEX,
    },
    'nitro': {
        'headers': {'timestamp': 'x-timestamp', 'signature': 'x-signature'},
        'before': '{timestamp}',
        'form': LOWER_HEX,
    },
    'tolinku': {'headers': {'signature': 'x-webhook-signature'}, 'before': '', 'form': LOWER_HEX},
    'standard-webhooks': {
        'headers': {'id': 'webhook-id', 'timestamp': 'webhook-timestamp', 'signature': 'webhook-signature'},
        'before': '{id}.{timestamp}.',
        'form': '[A-Za-z0-9+/]{43}=',
    },
}
COMBINED = {
    'vouchersx': {'header': 'x-signature', 'form': ANY_HEX, 'most': 8},
    'daylight': {'header': 'daylight-signature', 'form': '[A-Za-z0-9_-]{43}', 'most': 1},
}
GRAMMARS = {'nonce': '[A-Za-z0-9_-]{16,128}', 'id': '[A-Za-z0-9_-]{1,128}'}


def decode(text, form):
    malformed(not re.fullmatch(form, text))
    if form in (LOWER_HEX, ANY_HEX):
        return bytes.fromhex(text)
    content = base64.b64decode(text.replace('-', '+').replace('_', '/').rstrip('=') + '=')
    canonical = base64.b64encode(content).decode() if '=' in form else base64.urlsafe_b64encode(content).decode().rstrip('=')
    malformed(canonical != text)
    return content


def read_separate(profile, headers):
    facts = SEPARATE[profile]
    parts = {}
    for part, name in facts['headers'].items():
        text = headers.get(name, '')
        if part == 'signature':
            if text == '':
                raise Refused('signature_missing')
            texts = text.split(' ') if profile == 'standard-webhooks' else [text]
            version = 'v1,' if profile == 'standard-webhooks' else ''
            malformed(len(texts) > 8 or any(not one.startswith(version) for one in texts))
            parts['signatures'] = [decode(one[len(version) :], facts['form']) for one in texts]
        else:
            malformed(text == '' or ',' in text)
            malformed(part in GRAMMARS and not re.fullmatch(GRAMMARS[part], text))
            parts[part] = text
    return parts, facts['before'].format(**parts)


def read_combined(profile, headers):
    facts = COMBINED[profile]
    text = headers.get(facts['header'], '')
    if text == '':
        raise Refused('signature_missing')
    found = re.fullmatch(r't=([^,]*)((?:,v1=[^,]*)+)', text)
    malformed(not found)
    texts = found.group(2).split(',v1=')[1:]
    malformed(len(texts) > facts['most'])
    signatures = [decode(one, facts['form']) for one in texts]
    return {'timestamp': found.group(1), 'signatures': signatures}, found.group(1) + '.'


def check_joined(profile, message):
    """Checks form, time and signature, in this order. Raises Refused when a check fails."""
    read = read_combined if profile in COMBINED else read_separate
    parts, before = read(profile, message['headers'])
    if profile != 'tolinku':
        in_milliseconds = profile == 'nitro'
        malformed(not re.fullmatch(MILLISECONDS if in_milliseconds else SECONDS, parts['timestamp']))
        time = int(parts['timestamp']) * (1 if in_milliseconds else 1000)
        if abs(message['nowMs'] - time) > 300_000:
            raise Refused('timestamp_out_of_range')
    content = before.encode() + message['body']
    good = False
    for secret in message['secrets']:
        key = base64.b64decode(secret[len('whsec_') :]) if profile == 'standard-webhooks' else secret.encode()
        expected = hmac.new(key, content, hashlib.sha256).digest()
        for signature in parts['signatures']:
            good |= hmac.compare_digest(expected, signature)
    if not good:
        raise Refused('signature_invalid')


def message_of(profile, given):
    """Returns the input as a message with headers. Some files have the parts by their names in place of headers."""
    names = dict(SEPARATE.get(profile, {}).get('headers', {}))
    headers = given.get('headers') or {names[part]: given[part] for part in names if part in given}
    unit = 1 if profile == 'nitro' else 1000
    now = given['nowMs'] if 'nowMs' in given else int(float(given['timestamp']) * unit)
    return {
        **given,
        'headers': headers,
        'body': bytes.fromhex(given['bodyHex']),
        'secrets': given.get('secrets') or [given.get('secret', '')],
        'nowMs': now,
    }


def result_of(profile, given, verify_ed25519):
    message = message_of(profile, given)
    try:
        if profile == 'rfc9421':
            check_request(message, verify_ed25519)
        else:
            check_joined(profile, message)
        return 'valid', None
    except Refused as refused:
        return 'invalid', str(refused)


def check_file(folder, name, profile, openssl):
    agree, skipped, disagreements = 0, 0, []
    with open(os.path.join(folder, name), encoding='utf-8') as file:
        tests = json.load(file)['tests']
    for vector in tests:
        if vector['input'].get('algorithm') == 'ed25519' and openssl is None:
            skipped += 1
            continue
        result = result_of(profile, vector['input'], openssl and openssl.verify)
        if result == (vector['result'], vector.get('problem')):
            agree += 1
        else:
            disagreements.append(f"  {vector['id']} {vector['comment']}: {result}")
    print(f'{name}: {agree} agree, {len(disagreements)} disagree, {skipped} skipped', *disagreements, sep='\n')
    return len(disagreements)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    openssl = Openssl() if shutil.which('openssl') else None
    files = {f'signet-{profile}.json': profile for profile in ['rfc9421', *SEPARATE, *COMBINED]}
    files['standard-webhooks.json'] = 'standard-webhooks'
    disagreements = [check_file(folder, name, profile, openssl) for name, profile in sorted(files.items())]
    return 1 if any(disagreements) else 0


if __name__ == '__main__':
    sys.exit(main())
