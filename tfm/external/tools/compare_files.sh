#!/bin/sh
# Compare two files: two selected ones of this pane, else the first of each pane.
set -u
: "${TFM_THIS_SELECTED_FILE:?start this from tfm}"
first() { tr '\0\n' '\n\0' < "$1" | sed -n "$2p" | tr '\0\n' '\n\0'; }
# names may hold line breaks: they travel as NUL until they stand in a variable
name() { first "$1" "$2" | tr -d '\0'; printf x; }
one=$(name "$TFM_THIS_SELECTED_FILE" 1); one=${one%x}
two=$(name "$TFM_THIS_SELECTED_FILE" 2); two=${two%x}
if [ -z "$two" ]; then
    two=$(name "$TFM_OTHER_SELECTED_FILE" 1); two=${two%x}
fi
if [ -z "$one" ] || [ -z "$two" ]; then
    echo "Select two files, or one in each pane." >&2
    exit 2
fi
for file in "$one" "$two"; do
    if [ ! -f "$file" ]; then
        printf '%s is not a file.\n' "$file" >&2
        exit 2
    fi
done
if cmp -s -- "$one" "$two"; then
    echo "Both files are the same."
    printf 'Press Enter. '; read -r _ || true
    exit 0
fi
diff -u -- "$one" "$two" | ${PAGER:-less}
exit 0
