"""The digest of code changes with what the code does, and with nothing else."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

from landloom.run import code_digest
from landloom.run.code_digest import ABOUT_JOBS, code_of_modules, code_of_script, other_version

ROOT = Path(__file__).parents[3]
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
    """A package: bread → knife → metal.steel, and oven beside them."""
    modules = {
        "bread": HEAD,
        "knife": "def cut(i):\n    from landloom.metal.steel import hard\n    return hard + i\n",
        "metal/steel": "hard = 1\n",
        "oven": "from landloom import bread\n\nheat = 2\n",
        "smithy": "from landloom.metal import steel\n\nfire = steel.hard\n",
        "shop": "import landloom.oven\nimport numpy as np\n",
        "errors": "class Burnt(Exception):\n    pass\n",
    }
    (tmp_path / "metal").mkdir()

    def write(changes: dict[str, str] = {}, **more: str) -> None:  # noqa: B006
        for name, text in {**modules, **changes, **more}.items():
            (tmp_path / f"{name}.py").write_text(text)
        code_digest._parsed.cache_clear()

    monkeypatch.setattr(code_digest, "_PACKAGE", tmp_path)
    write()
    yield write
    code_digest._parsed.cache_clear()


class TestCodeOf:
    @pytest.mark.parametrize("text", SAME.values(), ids=SAME)
    def test_comments_docstrings_and_layout_do_not_count(self, package, text):
        before = code_of_modules("landloom.bread")
        assert text != HEAD
        package(bread=text)
        assert code_of_modules("landloom.bread") == before

    @pytest.mark.parametrize("text", CHANGED.values(), ids=CHANGED)
    def test_code_counts(self, package, text):
        before = code_of_modules("landloom.bread")
        package(bread=text)
        assert code_of_modules("landloom.bread") != before

    def test_an_edit_reaches_those_that_import_it_and_no_others(self, package):
        names = ["bread", "knife", "metal.steel", "oven", "smithy", "shop"]
        before = {name: code_of_modules(f"landloom.{name}") for name in names}
        for edited, text, reached in [
            ("metal/steel", "hard = 2\n", set(names)),
            ("oven", "from landloom import bread\n\nheat = 3\n", {"oven", "shop"}),
            ("shop", "import landloom.oven\n\nopen = True\n", {"shop"}),
        ]:
            package({edited: text})
            found = {name for name in names if code_of_modules(f"landloom.{name}") != before[name]}
            assert found == reached

    @pytest.mark.parametrize(
        ("condition", "counts"), [("TYPE_CHECKING", False), ("not TYPE_CHECKING", True)]
    )
    def test_an_import_for_type_checkers_alone_does_not_count(self, package, condition, counts):
        head = f"from typing import TYPE_CHECKING\n\nif {condition}:\n    "
        oven = f"{head}from landloom.metal.steel import hard\n"
        package(oven=oven)
        before = code_of_modules("landloom.oven")
        package({"metal/steel": "hard = 9\n"}, oven=oven)
        assert (code_of_modules("landloom.oven") != before) == counts
        package(oven=oven.replace("import hard", "import hard as soft"))
        assert (code_of_modules("landloom.oven") != before) == counts

    def test_what_words_messages_does_not_count(self, package):
        oven = "from landloom.errors import Burnt\n"
        package(oven=oven)
        before = code_of_modules("landloom.oven")
        package(errors="class Burnt(ValueError):\n    pass\n", oven=oven)
        assert code_of_modules("landloom.oven") == before

    def test_of_a_script_it_counts_itself_and_the_modules_that_it_imports(self, package, tmp_path):
        script = tmp_path / "script.py"
        script.write_text("from landloom.oven import heat\n")
        before = code_of_script(script)
        script.write_text('"""Bake."""\n\nfrom landloom.oven import heat  # lots\n')
        assert code_of_script(script) == before
        package({"metal/steel": "hard = 3\n"})
        assert code_of_script(script) != before
        package({"metal/steel": "hard = 1\n"})
        assert code_of_script(script) == before
        script.write_text("from landloom.oven import heat\n\nprint(heat)\n")
        assert code_of_script(script) != before

    def test_several_modules_count_together_in_any_order(self, package):
        both = code_of_modules("landloom.oven", "landloom.metal.steel")
        assert both == code_of_modules("landloom.metal.steel", "landloom.oven")
        assert both == code_of_modules("landloom.oven")  # which imports the other
        assert code_of_modules("landloom.metal.steel") != both
        package({"metal/steel": "hard = 5\n"})
        assert code_of_modules("landloom.oven", "landloom.metal.steel") != both

    def test_modules_that_import_each_other(self, package):
        package({"metal/steel": "from landloom.knife import cut\n\nhard = 1\n"})
        assert code_of_modules("landloom.metal.steel") == code_of_modules("landloom.knife")

    def test_a_module_that_is_not_there_is_a_defect(self):
        with pytest.raises(FileNotFoundError):
            code_of_modules("landloom.nowhere")


class TestOurPackage:
    @pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
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
            ("dataset.lattice", {"extract_cells", "relief_cells", "stack"}, {"own_tile"}),
            ("dataset.patches", {"extract_cells", "stack"}, {"own_tile", "inspect_landcover"}),
            ("elevation.tiles", {"own_tile", "relief_cells"}, {"extract_cells"}),
            ("elevation.fetch", {"fetch_tile"}, {"own_tile", "relief_cells"}),
            ("dataset.split", {"split", "stack"}, {"extract_cells", "own_tile", "relief_cells"}),
            ("dataset.proof.certificate", {"certificate"}, {"extract_cells", "stack"}),
            ("config.dataset", set(), {"extract_cells", "stack", "samples", "predict_block"}),
            ("dataset.proof.windows", {"certificate"}, {"extract_cells", "stack"}),
            ("legend.legends", {"join_blocks", "model"}, {"predict_block"}),
            ("raster.vrt", {"join_blocks", "elevation_mosaic"}, {"model", "predict_block"}),
            ("map.join", {"join_blocks"}, {"predict_block"}),
            ("map.forest.scoring", {"tune"}, {"rank", "accuracy", "check_tuning"}),
            ("map.forest.ranking", {"rank"}, {"tune", "accuracy"}),
            ("map.forest.grid_check", {"check_tuning"}, {"tune", "rank"}),
            ("map.encoding", {"predict_block", "samples", "model"}, {"accuracy", "tune", "rank"}),
            ("map.encoding_check", {"inspect_embedding"}, {"predict_block", "samples"}),
            ("demo.rasters", {"demo_tile"}, {"extract_cells", "own_tile", "certificate"}),
            *(
                (name.removeprefix("landloom."), set(), {"stack", "predict_block"})
                for name in sorted(ABOUT_JOBS)
            ),
        ],
    )
    def test_an_edit_reaches_what_it_concerns_and_spares_the_rest(
        self, tmp_path, monkeypatch, edited, reached, spared
    ):
        scripts = {name: PACKAGE.parent / f"{name}.py" for name in reached | spared}
        before = {name: code_of_script(script) for name, script in scripts.items()}
        shutil.copytree(PACKAGE, tmp_path / "landloom")
        with (tmp_path / "landloom" / f"{edited.replace('.', '/')}.py").open("a") as module:
            module.write("\n\nedited = True\n")
        monkeypatch.setattr(code_digest, "_PACKAGE", tmp_path / "landloom")
        code_digest._parsed.cache_clear()
        changed = {
            name for name, script in scripts.items() if code_of_script(script) != before[name]
        }
        code_digest._parsed.cache_clear()
        assert changed == reached

    def test_every_module_is_named_where_the_workflow_brings_it_along(self):
        rules = (ROOT / "workflow/rules/package.smk").read_text()
        listed = re.search(r"^MODULES = (\{.*?^\})", rules, re.DOTALL | re.MULTILINE)
        named = {
            Path(folder, f"{module}.py")
            for folder, modules in ast.literal_eval(listed[1]).items()
            for module in modules.split()
        }
        files = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")}
        assert named == files - {Path("__init__.py")}


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
        module = installed / "dataset/split.py"
        module.write_text(module.read_text().rstrip("\n"))
        assert other_version(PACKAGE, [str(installed.parent)]) is None

    def test_an_edited_and_a_missing_module_are(self, installed):
        search = ["nowhere", str(installed.parent)]
        (installed / "dataset/split.py").unlink()
        assert other_version(PACKAGE, search) == installed
        (installed / "dataset/split.py").write_text("sobol = None\n")
        assert other_version(PACKAGE, search) == installed

    def test_what_is_found_first_counts(self, installed):
        (installed / "dataset/split.py").unlink()
        search = [str(PACKAGE.parent), str(installed.parent)]
        assert other_version(PACKAGE, search) is None


# Rules


RULE = re.compile(
    r"^ *(?:use )?(?:rule|checkpoint) (\w+)\b.*?(?=^ *(?:use |rule |checkpoint )|\Z)", re.M | re.S
)
WITHOUT_DIGEST = {
    "download", "embedding_index", "embedding_window", "repair", "verify_sources",
}  # fmt: skip
"""Downloads, which are made but once, and what makes no files."""


def rules_with_scripts():
    for path in sorted((ROOT / "workflow/rules").rglob("*.smk")):
        for found in RULE.finditer(path.read_text()):
            script = re.search(r'"(?:\.\./)+scripts/(\w+|\{TILE_SCRIPT\})\.py"', found[0])
            if script and found[1] not in WITHOUT_DIGEST:
                yield pytest.param(found[0], script[1], id=found[1])


@pytest.mark.parametrize(("text", "script"), list(rules_with_scripts()))
def test_a_rules_digest_is_that_of_the_script_that_it_runs(text, script):
    wanted = "TILE_SCRIPT" if "TILE" in script else f'"{script}"'
    assert f"code=code_of({wanted})" in text


def test_a_rule_that_is_used_again_with_other_params_keeps_its_digest():
    again = [
        (found[1], found[2])
        for path in (ROOT / "workflow/rules").rglob("*.smk")
        for found in re.finditer(
            r"^use rule (\w+) as \w+ with:\n((?: .*\n|\n)+)", path.read_text(), re.M
        )
    ]
    digests = {case.id: re.search(r"code=\S+", case.values[0])[0] for case in rules_with_scripts()}
    assert again
    for rule, text in again:
        assert "params:" not in text or digests[rule] in text


def test_all_rules_with_scripts_are_looked_at():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").rglob("*.smk"))
    assert len(list(rules_with_scripts())) + len(WITHOUT_DIGEST) == rules.count("script:")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "workflow/rules").rglob("*.smk")), ids=lambda p: p.name
)
def test_no_input_is_ancient(path):
    """Snakemake 9.27 leaves a job out that has to run, when what made its ancient input runs too.

    Its other reasons, such as changed parameters, are told by the next run only.
    """
    # But of a checkpoint, after which the rest of the run is planned anew.
    allowed = {"embedding.smk": 1}
    assert path.read_text().count("ancient(") == allowed.get(path.name, 0)
