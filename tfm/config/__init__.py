"""What the user decides: settings, keys, themes, the places of our files, and the remembered state.

Owns: the table of settings (`settings`), the table of actions (`actions`), the key map made from
it (`keymap`), the loader of `config.py` (`load`), themes (`themes`), our directories (`places`),
where the panes are between two runs (`state`), what is remembered of places (`memory`, merged between
instances; both by `kept_file`), and the pages generated from the tables (`document`).

May import: the standard library and `tfm.model`. Nothing here knows a widget, a terminal or S3;
the start-up code reads `Settings` and hands plain values down.

Begin with `settings.py` and `actions.py`: everything else reads these two tables.
"""
