#!/bin/sh
# How much room the selected files take, largest first; without a selection, all of this directory.
set -u
: "${TFM_THIS_SELECTED_FILE:?start this from tfm}"
case ${TFM_THIS_DIR:-} in
    *://*) echo "This shows local disks. For a bucket press i (details)." >&2; exit 1 ;;
esac
if [ -s "$TFM_THIS_SELECTED_FILE" ]; then
    xargs -0 du -sk -- < "$TFM_THIS_SELECTED_FILE"
else
    du -sk -- "$TFM_THIS_DIR"
fi | sort -rn | awk -F '\t' '
    { total += $1; size = $1; unit = "K"
      if (size >= 1024) { size /= 1024; unit = "M" }
      if (size >= 1024) { size /= 1024; unit = "G" }
      name = $0; sub(/^[^\t]*\t/, "", name); gsub(/[[:cntrl:]]/, "?", name)
      printf "%9.1f %s  %s\n", size, unit, name }
    END { printf "%9.1f M  in all\n", total / 1024 }'
echo
df -h "$TFM_THIS_DIR"
