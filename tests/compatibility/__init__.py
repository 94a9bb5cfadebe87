"""The matrix of features and servers, made by runs: `python -m tests.compatibility`, `docs/compatibility.md`.

`site.py` is one server as a check sees it, `objects.py` and `buckets.py` hold the checks, `table.py` puts them in
order (a new feature is a row there), `page.py` writes the page, `results.json` is what the last runs gave.
"""
