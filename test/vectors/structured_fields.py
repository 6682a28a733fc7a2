# Reads the structured fields (RFC 9651) that HTTP message signatures need. A repeated key is an error.
import base64
import re


class Bad(Exception):
    """The text is not a valid field."""


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def take(self, pattern):
        found = re.compile(pattern).match(self.text, self.at)
        if not found:
            raise Bad(f'{pattern} expected at {self.at} of {self.text!r}')
        self.at = found.end()
        return found.group()

    def sees(self, start):
        return self.text.startswith(start, self.at)

    def done(self):
        return self.at == len(self.text)


def read_bare(reader):
    """Returns a bare item as (type, value)."""
    if reader.sees('"'):
        return 'string', re.sub(r'\\(.)', r'\1', reader.take(r'"(?:[ !#-\[\]-~]|\\["\\])*"')[1:-1])
    if reader.sees(':'):
        text = reader.take(r':[A-Za-z0-9+/=]*:')[1:-1]
        return 'bytes', text
    if reader.sees('?'):
        return 'boolean', reader.take(r'\?[01]') == '?1'
    if reader.sees('@'):
        return 'date', int(reader.take(r'@-?[0-9]{1,15}')[1:])
    if reader.sees('-') or re.match('[0-9]', reader.text[reader.at : reader.at + 1]):
        text = reader.take(r'-?[0-9]{1,15}(?:\.[0-9]{1,3})?')
        return ('decimal', text) if '.' in text else ('integer', int(text))
    return 'token', reader.take(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")


def read_parameters(reader):
    parameters = {}
    while reader.sees(';'):
        reader.take(r'; *')
        key = reader.take(r'[a-z*][a-z0-9_.*-]*')
        if key in parameters:
            raise Bad(f'{key} comes twice')
        parameters[key] = ('boolean', True)
        if reader.sees('='):
            reader.take('=')
            parameters[key] = read_bare(reader)
    return parameters


def read_member(reader):
    """Returns (the items of an inner list or None, the bare item or None, parameters)."""
    if not reader.sees('('):
        return None, read_bare(reader), read_parameters(reader)
    reader.take(r'\( *')
    items = []
    while not reader.sees(')'):
        items.append((read_bare(reader), read_parameters(reader)))
        if not reader.sees(')'):
            reader.take(r' +')
    reader.take(r'\)')
    return items, None, read_parameters(reader)


def read_dictionary(text):
    reader, members = Reader(text.strip(' ')), {}
    while True:
        key = reader.take(r'[a-z*][a-z0-9_.*-]*')
        if key in members:
            raise Bad(f'{key} comes twice')
        if reader.sees('='):
            reader.take('=')
            members[key] = read_member(reader)
        else:
            members[key] = None, ('boolean', True), read_parameters(reader)
        if reader.done():
            return members
        reader.take(r'[ \t]*,[ \t]*')


def bytes_of(bare):
    """Returns the bytes of a byte sequence in canonical base64."""
    kind, text = bare if bare else (None, None)
    if kind != 'bytes':
        raise Bad('no byte sequence')
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Bad(str(error)) from error
    if not text or base64.b64encode(content).decode() != text:
        raise Bad('not canonical')
    return content


def write_bare(bare):
    kind, value = bare
    if kind == 'string':
        return '"' + re.sub(r'(["\\])', r'\\\1', value) + '"'
    if kind == 'bytes':
        return f':{value}:'
    if kind == 'boolean':
        return '?1' if value else '?0'
    return f'@{value}' if kind == 'date' else str(value)


def write_parameters(parameters):
    return ''.join(f';{key}' if bare == ('boolean', True) else f';{key}={write_bare(bare)}' for key, bare in parameters.items())
