"""The digest of code changes with what the code does, and with nothing else."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

from landloom import provenance
from landloom.provenance import code_of, other_version

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow/scripts/landloom"

HEAD = '''"""Cut things."""

from landloom.knife import cut


class Loaf:
    """A loaf."""

    size = 3
    """Its size."""


def slices(loaf: Loaf) -> list[int]:
    """Return slices."""
    return [cut(i) for i in range(loaf.size)]
'''

SAME = {
    "comment": HEAD.replace("    size = 3", "    # in hands\n    size = 3  # about"),
    "docstrings": HEAD.replace("Return slices.", "Give slices.").replace("A loaf", "Bread"),
    "docstrings gone": re.sub(r' *""".*"""\n', "", HEAD),
    "layout": HEAD.replace(
        "[cut(i) for i in range(loaf.size)]", "[\n  cut( i )\n  for i in range(loaf.size)]"
    ),
    "quotes": HEAD.replace('"""', "'''"),
}

CHANGED = {
    "a constant": HEAD.replace("3", "4"),
    "an operator": HEAD.replace("cut(i)", "cut(-i)"),
    "a name": HEAD.replace("slices", "pieces"),
    "an import": HEAD.replace("import cut", "import chop as cut"),
    "a string that is used": HEAD.replace("size = 3", "size = len('abc')"),
    "an order": HEAD.replace("range(loaf.size)", "reversed(range(loaf.size))"),
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of four modules: bread → knife → steel, and oven beside them."""
    modules = {
        "bread": HEAD,
        "knife": "def cut(i):\n    from landloom.steel import hard\n    return hard + i\n",
        "steel": "hard = 1\n",
        "oven": "from landloom import bread\n\nheat = 2\n",
        "shop": "import landloom.oven\nimport numpy as np\n",
    }

    def write(**changes: str) -> None:
        for name, text in {**modules, **changes}.items():
            (tmp_path / f"{name}.py").write_text(text)
        provenance._parsed.cache_clear()

    monkeypatch.setattr(provenance, "_PACKAGE", tmp_path)
    write()
    yield write
    provenance._parsed.cache_clear()


class TestCodeOf:
    @pytest.mark.parametrize("text", SAME.values(), ids=SAME)
    def test_comments_docstrings_and_layout_do_not_count(self, package, text):
        before = code_of("landloom.bread")
        assert text != HEAD
        package(bread=text)
        assert code_of("landloom.bread") == before

    @pytest.mark.parametrize("text", CHANGED.values(), ids=CHANGED)
    def test_code_counts(self, package, text):
        before = code_of("landloom.bread")
        package(bread=text)
        assert code_of("landloom.bread") != before

    def test_an_edit_reaches_those_that_import_it_and_no_others(self, package):
        names = ["bread", "knife", "steel", "oven", "shop"]
        before = {name: code_of(f"landloom.{name}") for name in names}
        for edited, text, reached in [
            ("steel", "hard = 2\n", {"steel", "knife", "bread", "oven", "shop"}),
            ("oven", "from landloom import bread\n\nheat = 3\n", {"oven", "shop"}),
            ("shop", "import landloom.oven\n\nopen = True\n", {"shop"}),
        ]:
            package(**{edited: text})
            changed = {name for name in names if code_of(f"landloom.{name}") != before[name]}
            assert changed == reached

    def test_several_modules_count_together_in_any_order(self, package):
        both = code_of("landloom.oven", "landloom.steel")
        assert both == code_of("landloom.steel", "landloom.oven")
        assert both == code_of("landloom.oven")  # which imports the other
        assert code_of("landloom.steel") != both
        package(steel="hard = 5\n")
        assert code_of("landloom.oven", "landloom.steel") != both

    def test_modules_that_import_each_other(self, package):
        package(steel="from landloom.knife import cut\n\nhard = 1\n")
        assert code_of("landloom.steel") == code_of("landloom.knife")

    def test_a_module_that_is_not_there_is_a_defect(self):
        with pytest.raises(FileNotFoundError):
            code_of("landloom.nowhere")


class TestOurPackage:
    @pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
    def test_imports_are_absolute_so_that_they_are_seen(self, path):
        imports = [
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]
        assert all(node.level == 0 for node in imports)

    @pytest.mark.parametrize(
        ("edited", "reached", "spared"),
        [
            ("lattice", {"patches", "relief", "dataset"}, {"elevation"}),
            ("patches", {"patches", "dataset"}, {"elevation", "landcover"}),
            ("elevation", {"elevation", "relief", "dataset"}, {"patches", "landcover"}),
            ("split", {"dataset"}, {"patches", "landcover", "elevation", "relief"}),
            ("certificate", {"certificate"}, {"patches", "elevation", "relief", "dataset"}),
            ("config", set(), {"patches", "elevation", "relief", "dataset", "certificate"}),
            ("legends", {"map_raster"}, {"mapping", "forest"}),
            ("vrt", {"map_raster"}, {"mapping", "forest"}),
            ("map_raster", {"map_raster"}, {"mapping"}),
            ("encoding", {"mapping", "map_raster", "sampling"}, {"forest"}),
            ("demo", set(), {"patches", "elevation", "relief", "dataset", "certificate"}),
        ],
    )
    def test_an_edit_reaches_what_it_concerns_and_spares_the_rest(
        self, tmp_path, monkeypatch, edited, reached, spared
    ):
        names = reached | spared
        before = {name: code_of(f"landloom.{name}") for name in names}
        shutil.copytree(PACKAGE, tmp_path / "landloom")
        with (tmp_path / "landloom" / f"{edited}.py").open("a") as module:
            module.write("\n\nedited = True\n")
        monkeypatch.setattr(provenance, "_PACKAGE", tmp_path / "landloom")
        provenance._parsed.cache_clear()
        changed = {name for name in names if code_of(f"landloom.{name}") != before[name]}
        provenance._parsed.cache_clear()
        assert changed == reached

    def test_every_module_is_named_where_the_workflow_brings_it_along(self):
        rules = (ROOT / "workflow/rules/common.smk").read_text()
        listed = re.search(r"for module in (\[.*?\]):", rules, re.DOTALL)
        assert set(ast.literal_eval(listed[1])) == {path.stem for path in PACKAGE.glob("*.py")}


class TestOtherVersion:
    """Python finds packages in the order of its folders, whichever version they hold."""

    @pytest.fixture
    def installed(self, tmp_path):
        shutil.copytree(PACKAGE, tmp_path / "landloom")
        return tmp_path / "landloom"

    def test_none_where_no_other_is_found(self, tmp_path):
        assert other_version(PACKAGE, [str(tmp_path)]) is None
        (tmp_path / "landloom").mkdir()  # as a clone is called: no package
        assert other_version(PACKAGE, [str(tmp_path)]) is None

    def test_the_same_code_in_another_place_is_no_other_version(self, installed):
        module = installed / "split.py"
        module.write_text(module.read_text().rstrip("\n"))
        assert other_version(PACKAGE, [str(installed.parent)]) is None

    def test_an_edited_and_a_missing_module_are(self, installed):
        search = ["nowhere", str(installed.parent)]
        (installed / "split.py").unlink()
        assert other_version(PACKAGE, search) == installed
        (installed / "split.py").write_text("sobol = None\n")
        assert other_version(PACKAGE, search) == installed

    def test_what_is_found_first_counts(self, installed):
        (installed / "split.py").unlink()
        search = [str(PACKAGE.parent), str(installed.parent)]
        assert other_version(PACKAGE, search) is None


# Rules


RULE = re.compile(
    r"^(?:use )?(?:rule|checkpoint) (\w+)\b.*?(?=^(?:use |rule |checkpoint )|\Z)", re.M | re.S
)
LISTED = re.compile(r'"(landloom\.\w+)"')
ABOUT_JOBS = {"landloom.errors", "landloom.files", "landloom.job", "landloom.remote"}
"""What every job uses, and what no result hangs on."""
FETCHED_ONCE = {"download", "verify_sources"}
"""A download is not made again because the code has changed."""


def rules_with_scripts():
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for found in RULE.finditer(path.read_text()):
            script = re.search(r'"\.\./(scripts/\w+\.py)"', found[0])
            if script and found[1] not in FETCHED_ONCE:
                listed = LISTED.findall(found[0]) or LISTED.findall(path.read_text())
                yield pytest.param(listed, script[1], id=found[1])


@pytest.mark.parametrize(("listed", "script"), list(rules_with_scripts()))
def test_a_rules_digest_covers_what_its_script_imports(listed, script):
    text = (ROOT / "workflow" / script).read_text()
    imported = set(re.findall(r"^from (landloom\.\w+) import", text, re.M)) - ABOUT_JOBS
    assert imported <= reached_from(listed)


def reached_from(modules):
    """Follow imports by another way than the digest does: in the text."""
    reached, waiting = set(), list(modules)
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            source = ROOT / "workflow/scripts" / f"{module.replace('.', '/')}.py"
            waiting += re.findall(r"^\s*from (landloom\.\w+) import", source.read_text(), re.M)
    return reached


@pytest.mark.parametrize(
    "path", sorted((ROOT / "workflow/rules").glob("*.smk")), ids=lambda p: p.name
)
def test_no_input_is_ancient(path):
    """Snakemake 9.27 leaves a job out that has to run, when what made its ancient input runs too.

    Its other reasons, such as changed parameters, are told by the next run only.
    """
    assert "ancient(" not in path.read_text()
