"""``landloom completion bash``: what a shell needs to complete the command.

The script is written out once and needs nothing besides the shell: completion asks no Python, which
would take half a second for each key.
"""

from __future__ import annotations

import importlib
from argparse import ArgumentParser
from collections.abc import Sequence

from landloom.command.parsing import Parser, options_of

SUMMARY = "print what bash or zsh needs to complete the command"

_ABOUT = """\
Prints what a shell needs to complete the command. Put one of these lines into ~/.bashrc or
~/.zshrc:

  eval "$(landloom completion bash)"
  eval "$(landloom completion zsh)"
"""

_BASH = """\
_landloom() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} words
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        words="{commands} --help --version"
    else
        case ${{COMP_WORDS[1]}} in
{cases}
        esac
        if [[ $word != -* ]]; then
            local file
            while IFS= read -r file; do
                if [[ -d $file || $file == *.yaml || $file == *.yml ]]; then
                    COMPREPLY+=("$file")
                fi
            done < <(compgen -f -- "$word")
        fi
    fi
    COMPREPLY+=($(compgen -W "$words" -- "$word"))
}}
complete -o filenames -F _landloom landloom
"""

_ZSH = """\
_landloom() {{
    if ((CURRENT == 2)); then
        compadd -- {commands} --help --version
        return
    fi
    case $words[2] in
{cases}
    esac
    _files -g '*.(yaml|yml)(-.)'
}}
compdef _landloom landloom
"""


def parser() -> Parser:
    """Return the parser of the command."""
    made = Parser("completion", _ABOUT)
    made.add_argument("shell", choices=("bash", "zsh"), help="the shell")
    return made


def main(arguments: Sequence[str]) -> int:
    """Print the script of a shell."""
    print(script(parser().read(arguments).shell), end="")
    return 0


def script(shell: str) -> str:
    """Return what a shell is to run."""
    from landloom.command.main import COMMANDS  # which knows this module by name alone
    from landloom.run.targets import TARGETS

    words = {name: importlib.import_module(module).parser() for name, module in COMMANDS.items()}
    told = {name: " ".join(_words(parser, name, TARGETS)) for name, parser in words.items()}
    form, case = (
        (_BASH, '            {name}) words="{words}" ;;')
        if shell == "bash"
        else (_ZSH, "        {name}) compadd -- {words} ;;")
    )
    cases = "\n".join(case.format(name=name, words=text) for name, text in told.items())
    return form.format(commands=" ".join(COMMANDS), cases=cases)


def _words(parser: ArgumentParser, name: str, targets: Sequence[str]) -> list[str]:
    if name == "completion":
        return ["bash", "zsh"]
    return [*options_of(parser), *(targets if name in ("run", "check") else [])]
