#!/bin/sh
# Open all selected files in the editor: TEXT_EDITOR of tfm, $VISUAL, $EDITOR, or vi.
set -u
: "${TFM_THIS_SELECTED_FILE:?start this from tfm}"
if [ ! -s "$TFM_THIS_SELECTED_FILE" ]; then
    echo "Nothing is selected." >&2
    exit 1
fi
editor=${TFM_EDITOR:-${VISUAL:-${EDITOR:-vi}}}
# the editor may come with options of its own; the names come through xargs, never through a shell.
# The terminal is given back to it: xargs would hand it /dev/null as input
exec xargs -0 sh -c 'exec $0 "$@" </dev/tty' "$editor" < "$TFM_THIS_SELECTED_FILE"
