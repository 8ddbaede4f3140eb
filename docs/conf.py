from importlib.metadata import version as _version

project = "cantinekit"
author = "The cantinekit authors"
copyright = author
release = version = _version("cantinekit")

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"cantinekit {release}"
html_show_sphinx = False
html_copy_source = False
