"""What `pip install` takes along: the package, and in `landloom/shipped` the workflow round it.

In a clone the package lies within the workflow, where it is brought along by modules from GitHub;
installed, the workflow has to lie within the package. Everything else stands in pyproject.toml.
"""

from setuptools import find_namespace_packages, setup

SCRIPTS = "workflow/scripts"

setup(
    packages=[*find_namespace_packages(SCRIPTS, include=["landloom*"]), "landloom.shipped"],
    package_dir={"": SCRIPTS, "landloom.shipped": "."},
)
