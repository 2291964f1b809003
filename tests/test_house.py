"""House rules: who may import whom, who may write, how long things are, what is never committed.

Each rule lists every place that breaks it. A waiver names one place and its reason; an unused one fails too.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata

from integrations.registry import INTEGRATIONS
from tests.house import PACKAGES, ROOT, Module, clear, lines_with, modules, product, texts, waived

CLIENTS = {
    "integrations.http",
    "integrations.transport",
    "integrations.oauth",
    "integrations.errors",
    "integrations.procore.client",
    "integrations.xero.client",
    "integrations.xero.periods",
}
CLIENT_LIBRARIES = {"requests", "urllib3", "structlog"}
EFFECTS = {
    "os",
    "socket",
    "subprocess",
    "time",
    "random",
    "secrets",
    "threading",
    "http",
    "tempfile",
    "sqlite3",
}
BUILDS_CLIENTS = {"runs.runner"}
WRITES = {"runs.execute"}
CATCHES_WIDELY: set[str] = set()
FILE_LINES, CATALOG_LINES, FUNCTION_LINES, SHORT_FUNCTION, INDENTS, README_LINES = 400, 120, 40, 12, 3, 150
SCRIPTS = ("script/demo", "script/test", "script/check", "script/bench", "script/faults")
# "module:function" -> why it may be longer than the rule.
LONG_FUNCTIONS: dict[str, str] = {}
# "module:function" -> why it may be deeper than the rule.
DEEP_FUNCTIONS: dict[str, str] = {}
# "module:import" -> why it stands inside a function.
INNER_IMPORTS: dict[str, str] = {}
VAGUE = {"Manager", "Helper", "Helpers", "Util", "Utils", "Handler", "Service", "Mixin", "Data", "Info"}
NOT_FINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.}])/(?:" + "|".join(("work", "root", "home", "tmp")) + r")/")
INDEX_HOSTS = re.compile(
    "|".join(("index" + "-url", "files.python" + "hosted", "py" + r"pi\.org", "--reg" + "istry"))
)
DEBUG_FLAG = re.compile("dry" + "_?run", re.IGNORECASE)


# --- who may import whom --------------------------------------------------------------------------


def test_packages_import_only_those_before_them() -> None:
    """integrations <- mappings <- runs <- onecore."""
    broken = []
    for module in modules():
        later = PACKAGES[PACKAGES.index(module.package) + 1 :]
        if ".management.commands." in module.name:
            continue  # a command is an entry point: nothing imports it
        broken += [
            f"{module.at(node)} {name}" for name, node in module.imports() if name.split(".")[0] in later
        ]
    clear(broken, "An import points the wrong way")


def test_the_core_and_declarations_are_pure() -> None:
    """They know the standard library's values, each other and nothing with an effect."""
    pure = {module.name for module in modules() if module.is_pure}
    broken = []
    for module in modules():
        for name, node in module.imports() if module.is_pure else ():
            top = name.split(".")[0]
            inside = name in pure or name in {"integrations", "integrations.catalog", "integrations.custom"}
            if not inside and (top not in sys.stdlib_module_names or top in EFFECTS):
                broken.append(f"{module.at(node)} {name}")
    clear(broken, "A pure module imports something with effects")


def test_the_core_does_not_know_the_declarations() -> None:
    """base, expressions and plans work for any declaration."""
    clear(
        (
            f"{module.at(node)} {name}"
            for module in modules()
            if module.is_pure and not module.is_declaration
            for name, node in module.imports()
            if name.startswith(("integrations.catalog", "integrations.custom"))
        ),
        "The core imports a declaration",
    )


def test_the_core_reads_no_clock() -> None:
    """Given values, it returns values: the same ones tomorrow."""
    clear(
        (
            f"{module.at(node)} .{node.func.attr}()"
            for module in modules()
            if module.is_pure
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"now", "today", "utcnow"}
        ),
        "A pure module reads the clock",
    )


def test_clients_know_errors_and_requests_only() -> None:
    """No ORM in a client."""
    allowed = CLIENTS | {module.name for module in modules() if module.is_pure} | {"integrations"}
    broken = []
    for module in modules():
        for name, node in module.imports() if module.name in CLIENTS else ():
            top = name.split(".")[0]
            if name not in allowed and top not in sys.stdlib_module_names | CLIENT_LIBRARIES:
                broken.append(f"{module.at(node)} {name}")
    clear(broken, "A client imports more than errors, resources and requests")


def test_the_sandbox_stands_alone() -> None:
    """It imports nothing of ours, and of ours only commands start it."""
    broken = []
    for module in modules():
        for name, node in module.imports():
            into_sandbox = name.startswith("integrations.sandbox")
            if module.is_sandbox and not into_sandbox and name.split(".")[0] not in sys.stdlib_module_names:
                broken.append(f"{module.at(node)} {name}")
            if into_sandbox and not module.is_sandbox and ".management.commands." not in module.name:
                broken.append(f"{module.at(node)} {name}")
    clear(broken, "The sandbox and the product are entangled")


def test_imports_stand_at_the_top() -> None:
    """None inside a function to dodge the direction."""
    found = {
        f"{module.name}:{ast.unparse(node)}": module.at(node)
        for module in modules()
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    waived(found, INNER_IMPORTS, "An import inside a function")


# --- who may read, write and catch ----------------------------------------------------------------


def calls(module: Module, chosen: Callable[[ast.Call], bool]) -> list[str]:
    """Where the module makes a call of that kind."""
    return [module.at(node) for node in ast.walk(module.tree) if isinstance(node, ast.Call) and chosen(node)]


def builds_a_client(call: ast.Call) -> bool:
    """`ProcoreClient(...)`, `xero.XeroClient(...)`."""
    return re.sub(r".*\.", "", ast.unparse(call.func)) in {"ProcoreClient", "XeroClient", "Client"}


def sends_a_write(call: ast.Call) -> bool:
    """`client.write(..., key=...)`: the key tells it from writing a file."""
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "write"
        and any(word.arg == "key" for word in call.keywords)
    )


def test_only_the_runner_builds_clients() -> None:
    """Whoever has no client cannot call anybody."""
    clear(
        (
            place
            for module in modules()
            if module.name not in BUILDS_CLIENTS | CLIENTS and not module.is_sandbox
            for place in calls(module, builds_a_client)
        ),
        f"A client is built outside {', '.join(sorted(BUILDS_CLIENTS))}",
    )


def test_only_execute_writes() -> None:
    """One module sends anything to Procore or Xero."""
    clear(
        (
            place
            for module in modules()
            if module.name not in WRITES
            for place in calls(module, sends_a_write)
        ),
        f"A write outside {', '.join(sorted(WRITES))}",
    )


def test_nothing_is_caught_widely() -> None:
    """An exception nobody foresaw must be seen."""
    wide = {"Exception", "BaseException"}
    clear(
        (
            module.at(node)
            for module in modules()
            if module.name not in CATCHES_WIDELY
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ExceptHandler)
            and (
                node.type is None
                or wide & {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)}
            )
        ),
        "Caught too widely",
    )


def test_no_caught_exception_is_dropped_silently() -> None:
    """`pass` alone hides it; contextlib.suppress at least says which one is expected."""
    clear(
        (
            module.at(node)
            for module in modules()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body)
        ),
        "Caught and dropped",
    )


def test_no_float_near_money() -> None:
    """Amounts are Decimal from the first byte to the last."""
    clear(
        (
            place
            for module in modules()
            if module.package != "onecore" and not module.is_sandbox
            for place in calls(
                module, lambda call: isinstance(call.func, ast.Name) and call.func.id == "float"
            )
        ),
        "float()",
    )


def test_debug_mode_is_not_a_parameter() -> None:
    """Debug mode is not applying the plan."""
    clear(lines_with(DEBUG_FLAG, product()), "A debug flag is passed along")


# --- size, names, documentation -------------------------------------------------------------------


def test_files_are_short() -> None:
    """Near the limit a word is missing."""
    broken = []
    for module in modules():
        lines, limit = len(module.source.splitlines()), CATALOG_LINES if module.is_declaration else FILE_LINES
        if lines > limit:
            broken.append(f"{module.path.relative_to(ROOT)}: {lines} of {limit}")
    clear(broken, "Too long")


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def depth(nodes: Iterable[ast.stmt]) -> int:
    """How deep blocks stand inside each other; `elif` is as deep as its `if`, a function starts anew."""
    deepest = 0
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        blocks = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
        blocks += [part.body for part in (*getattr(node, "handlers", []), *getattr(node, "cases", []))]
        chained = isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
        inside = [depth(block) - (chained and block is blocks[1]) for block in blocks if block]
        deepest = max(deepest, *(1 + found for found in inside), 0) if inside else deepest
    return deepest


def test_functions_are_short() -> None:
    """One level of idea per function."""
    found = {
        f"{module.name}:{function.name}": f"{body_lines(function)} lines"
        for module in modules()
        for function in module.functions()
        if body_lines(function) > FUNCTION_LINES
    }
    waived(found, LONG_FUNCTIONS, "Functions too long")


def test_functions_are_flat() -> None:
    """At most three blocks inside each other."""
    found = {
        f"{module.name}:{function.name}": f"{depth(function.body)} deep"
        for module in modules()
        for function in module.functions()
        if depth(function.body) > INDENTS
    }
    waived(found, DEEP_FUNCTIONS, "Functions too deep")


def own_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions whose name is our choice: a method may answer to a name its class inherits."""
    for node in tree.body:
        body = node.body if isinstance(node, ast.ClassDef) and not node.bases else [node]
        yield from (part for part in body if isinstance(part, ast.FunctionDef))


def test_names_say_something() -> None:
    """Manager is left to Django's own managers."""
    broken = []
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                bases = " ".join(ast.unparse(base) for base in node.bases)
                vague = {
                    word
                    for word in re.findall(r"[A-Z][a-z]+", node.name)
                    if word in VAGUE and word not in bases
                }
                broken += [f"{module.at(node)} class {node.name}"] if vague else []
        for function in own_functions(module.tree):
            if re.fullmatch(r"_?(do|process|handle)(_\w+)?", function.name):
                broken.append(f"{module.at(function)} {function.name}()")
    clear(broken, "Names that could mean anything")


def test_what_is_public_is_documented() -> None:
    """Modules and classes always, functions unless they are so short that their name says it."""
    broken = []
    for module in modules():
        if not ast.get_docstring(module.tree) and module.source.strip():
            broken.append(f"{module.path.relative_to(ROOT)}: the module")
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
                continue
            short = isinstance(node, ast.FunctionDef) and body_lines(node) <= SHORT_FUNCTION
            if not short and not ast.get_docstring(node):
                broken.append(f"{module.at(node)} {node.name}")
    clear(broken, "Without a docstring")


def test_nothing_is_left_unfinished() -> None:
    """What is not built is not mentioned."""
    clear(lines_with(NOT_FINISHED, product()), "Left unfinished")


# --- integrations ---------------------------------------------------------------------------------


def test_every_integration_is_documented_and_has_cases() -> None:
    """A bookkeeper reads the docstring in the portal; the cases are its examples."""
    broken = []
    for integration in INTEGRATIONS:
        sentence = (integration.__dict__.get("__doc__") or "").strip()
        if not sentence.endswith("."):
            broken.append(f"{integration.__name__}: a docstring of one or two sentences")
        if not list((ROOT / "tests" / "cases" / integration.slug).glob("*.json")):
            broken.append(f"{integration.__name__}: cases in tests/cases/{integration.slug}/")
    clear(broken, "Integrations without")


def test_every_declaration_is_registered() -> None:
    """No discovery by magic: what is not in the tuple does not exist."""
    known = {integration.__module__ for integration in INTEGRATIONS}
    declared = {
        module.name
        for module in modules()
        if module.is_declaration
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Integration" for base in node.bases)
    }
    clear(declared - known, "Declared but not in the registry")


# --- the folder as a newcomer finds it ------------------------------------------------------------


def test_readme_is_short_and_names_the_commands() -> None:
    """What, run, test, the one picture, how to add an integration."""
    readme = (ROOT / "README.md").read_text()
    assert len(readme.splitlines()) <= README_LINES
    clear((name for name in SCRIPTS if name not in readme), "README.md does not name")


def test_scripts_can_be_run() -> None:
    """They are marked executable and CI calls them."""
    clear(
        (name for name in (*SCRIPTS, ".ci/run") if not (ROOT / name).stat().st_mode & 0o111), "Not executable"
    )
    steps = (ROOT / ".ci" / "run").read_text()
    clear((name for name in ("script/check", "script/test") if name not in steps), ".ci/run does not call")


def test_requirements_are_locked() -> None:
    """Every package by version and hash, so that a plain `pip install -r` gives what was tested."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        entries = re.findall(r"^[a-z0-9].*(?:\n    .*)*", (ROOT / name).read_text(), re.MULTILINE)
        clear((entry[:60] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry), name)
        assert entries


def test_what_production_runs_is_what_tests_run() -> None:
    """Each package of requirements.txt is in requirements-dev.txt at the same version."""

    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9][\w.\[\]-]*==[^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))

    clear(pinned("requirements.txt") - pinned("requirements-dev.txt"), "Versions that tests do not run")


def test_what_is_imported_is_required() -> None:
    """A library comes by its own line or with one that has it; the portal never needs a test's library."""
    distributions = metadata.packages_distributions()
    broken = []
    for folder, name in ((PACKAGES, "requirements.txt"), (("tests",), "requirements-dev.txt")):
        locked = set(re.findall(r"^([a-z0-9][\w.-]*)(?:\[|==)", (ROOT / name).read_text(), re.MULTILINE))
        for top, place in third_party(folder):
            owners = {owner.lower().replace("_", "-") for owner in distributions.get(top, ())}
            broken += [] if owners & locked else [f"{place} {top}"]
    clear(broken, "Imported but not required")


def third_party(folders: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What a folder imports from outside the standard library and the repository, and where."""
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                named = [node.module or ""]
            for top in (
                {name.split(".")[0] for name in named} - sys.stdlib_module_names - {*PACKAGES, "tests"}
            ):
                yield top, f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def test_every_dependency_has_its_reason() -> None:
    """README.md says why each library was chosen."""
    readme = (ROOT / "README.md").read_text().lower()
    wanted = re.findall(r"^([A-Za-z0-9-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    clear((name for name in wanted if name.lower() not in readme), "README.md gives no reason for")


def test_no_machine_is_named() -> None:
    """Paths of one machine and addresses of package indexes stay out of the repository."""
    clear([*lines_with(MACHINE_PATHS, texts()), *lines_with(INDEX_HOSTS, texts())], "Names a machine")
