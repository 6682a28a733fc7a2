# Verifies HTTP message signatures (RFC 9421) as Signet Relay does: one signature with tag="signet".
import base64
import hashlib
import hmac
import os
import re
import subprocess
import tempfile

from structured_fields import Bad, bytes_of, read_dictionary, write_bare, write_parameters

GATEWAY = 'relay.example'
REQUIRED = ['@method', '@authority', '@path', '@query']
PARAMETERS = {'created', 'expires', 'nonce', 'keyid', 'alg', 'tag'}


class Refused(Exception):
    """A refusal. Its text is the problem code."""


def malformed(condition):
    if condition:
        raise Refused('request_malformed')


def check_request(request, verify_ed25519):
    """Checks form, time and signature, in this order. Raises Refused when a check fails."""
    try:
        claim = read_claim(request)
    except Bad as error:
        raise Refused('request_malformed') from error
    now, created, expires = request['nowMs'], claim['created'] * 1000, claim['expires']
    if abs(now - created) > 300_000 or (expires is not None and now >= expires * 1000):
        raise Refused('timestamp_out_of_range')
    if claim['alg'] != request['algorithm'] or not fits(claim, request, verify_ed25519):
        raise Refused('signature_invalid')
    if claim['digest'] not in (None, hashlib.sha256(request['body']).digest()):
        raise Refused('signature_invalid')


def fits(claim, request, verify_ed25519):
    if claim['alg'] == 'ed25519':
        return verify_ed25519(request['publicKey'], claim['base'], claim['signature'])
    expected = hmac.new(request['secret'].encode(), claim['base'], hashlib.sha256).digest()
    return hmac.compare_digest(expected, claim['signature'])


def read_claim(request):
    headers = request['headers']
    if 'signature-input' not in headers:
        raise Refused('signature_missing')
    tagged = [
        (label, member)
        for label, member in read_dictionary(headers['signature-input']).items()
        if member[2].get('tag') == ('string', 'signet')
    ]
    if not tagged:
        raise Refused('signature_missing')
    malformed(len(tagged) > 1)
    label, (items, _, parameters) = tagged[0]
    malformed(not items or any(kind != 'string' or more for (kind, _), more in items))
    names = [name for (_, name), _ in items]
    malformed(len(set(names)) < len(names) or set(parameters) - PARAMETERS)
    required = REQUIRED + (['content-digest'] if request['body'] else [])
    malformed(set(required) - set(names) or request['authority'] != GATEWAY)
    signature = read_dictionary(headers.get('signature', '')).get(label)
    malformed(signature is None or signature[2])
    claim = read_parameters_of(parameters)
    claim['signature'] = bytes_of(signature[1])
    claim['digest'] = read_digest(headers) if 'content-digest' in names else None
    claim['base'] = build_base(request, names, items, parameters)
    return claim


def read_parameters_of(parameters):
    def text(name, pattern):
        kind, value = parameters.get(name, (None, ''))
        malformed(kind != 'string' or not re.fullmatch(pattern, value))
        return value

    def time(name):
        kind, value = parameters.get(name, (None, 0))
        malformed(kind != 'integer' or not re.fullmatch('[1-9][0-9]{9}', str(value)))
        return value

    return {
        'keyid': text('keyid', '[A-Za-z0-9_-]{1,64}'),
        'nonce': text('nonce', '[A-Za-z0-9_-]{16,128}'),
        'alg': text('alg', 'ed25519|hmac-sha256'),
        'created': time('created'),
        'expires': time('expires') if 'expires' in parameters else None,
    }


def read_digest(headers):
    member = read_dictionary(headers.get('content-digest', '')).get('sha-256')
    malformed(member is None or member[2])
    digest = bytes_of(member[1])
    malformed(len(digest) != 32)
    return digest


def build_base(request, names, items, parameters):
    derived = {
        '@method': request['method'],
        '@authority': request['authority'],
        '@path': request['path'],
        '@query': '?' + request['query'],
    }
    values = [derived.get(name) if name.startswith('@') else request['headers'].get(name) for name in names]
    malformed(any(value is None or '\n' in value for value in values))
    covered = ' '.join(write_bare(bare) for bare, _ in items)
    lines = [f'"{name}": {value.strip()}' for name, value in zip(names, values)]
    return '\n'.join([*lines, f'"@signature-params": ({covered}){write_parameters(parameters)}']).encode()


class Openssl:
    """Verifies Ed25519 with the openssl program, because Python's standard library cannot."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()

    def verify(self, public_key, content, signature):
        raw = base64.urlsafe_b64decode(public_key + '=')
        files = {'key': bytes.fromhex('302a300506032b6570032100') + raw, 'content': content, 'signature': signature}
        for name, data in files.items():
            with open(os.path.join(self.folder.name, name), 'wb') as file:
                file.write(data)
        command = 'openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in content -sigfile signature'
        return subprocess.run(command.split(), cwd=self.folder.name, capture_output=True, check=False).returncode == 0
