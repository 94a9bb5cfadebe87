#!/bin/sh
# Open all selected files in the editor: TEXT_EDITOR of tfm, $VISUAL, $EDITOR, or vi.
set -u
: "${TFM_THIS_SELECTED_FILE:?start this from tfm}"
if [ ! -s "$TFM_THIS_SELECTED_FILE" ]; then
    echo "Nothing is selected." >&2
    exit 1
fi
editor=${TFM_EDITOR:-${VISUAL:-${EDITOR:-vi}}}
# The editor may come with options of its own, so it is split into words; the names come through xargs and
# are never read by a shell. xargs would give it /dev/null for the terminal: descriptor 3 is the real one.
exec 3<&0
exec xargs -0 sh -c 'exec $0 "$@" <&3 3<&-' "$editor" < "$TFM_THIS_SELECTED_FILE"
