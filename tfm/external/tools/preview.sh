#!/bin/sh
# Show the first selected file with what is installed: pictures, PDF, archives, media, else as text.
set -u
: "${TFM_THIS_SELECTED_FILE:?start this from tfm}"
file=$(tr '\0\n' '\n\0' < "$TFM_THIS_SELECTED_FILE" | sed -n 1p | tr '\0\n' '\n\0' | tr -d '\0'; printf x)
file=${file%x}
if [ ! -f "$file" ]; then
    echo "Put the cursor on a file." >&2
    exit 2
fi
have() { command -v "$1" >/dev/null 2>&1; }
page() { ${PAGER:-less}; }
wait_for_enter() { printf 'Press Enter. '; read -r _ </dev/tty || true; }
lower=$(printf '%s' "$file" | tr '[:upper:]' '[:lower:]')
case $lower in
    *.png|*.jpg|*.jpeg|*.gif|*.webp|*.bmp|*.tif|*.tiff)
        for viewer in chafa timg viu catimg; do
            if have "$viewer"; then "$viewer" "$file"; wait_for_enter; exit 0; fi
        done ;;
    *.pdf)
        if have pdftotext; then pdftotext -layout "$file" - | page; exit 0; fi ;;
    *.zip|*.jar|*.whl)
        if have unzip; then unzip -l "$file" | page; exit 0; fi ;;
    *.tar|*.tar.*|*.tgz|*.tbz2|*.txz)
        tar -tvf "$file" | page; exit 0 ;;
    *.gz) gzip -dc -- "$file" | page; exit 0 ;;
    *.mp3|*.flac|*.ogg|*.wav|*.mp4|*.mkv|*.mov|*.avi|*.webm)
        if have mediainfo; then mediainfo "$file" | page; exit 0; fi
        if have ffprobe; then ffprobe -hide_banner "$file" 2>&1 | page; exit 0; fi ;;
esac
if LC_ALL=C tr -d '\000' < "$file" | cmp -s - "$file"; then
    page < "$file"
else
    od -A x -t x1z -v "$file" 2>/dev/null | page || od -A x -t x1 "$file" | page
fi
