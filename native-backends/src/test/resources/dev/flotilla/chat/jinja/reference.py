"""Renders templates with jinja2, set up as Hugging Face transformers sets it up.

Reads one JSON object a line: {"template": ..., "context": {...}}.
Writes one JSON object a line: {"text": ...} or {"error": ..., "kind": ...}.
"""

import json
import resource
import sys

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def raise_exception(message):
    raise TemplateError(message)


environment = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
)
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception

# A huge repetition shall fail, not fill the machine.
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"text": environment.from_string(request["template"]).render(request["context"])}
        json.dumps(answer).encode()
    except Exception as e:
        answer = {"error": str(e), "kind": type(e).__name__}
    print(json.dumps(answer), flush=True)
