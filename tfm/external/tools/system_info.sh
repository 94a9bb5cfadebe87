#!/bin/sh
# The machine at a glance: system, load, memory, disks.
set -u
echo "System:  $(uname -srm) on $(uname -n)"
echo "User:    $(id -un)"
echo "Up:      $(uptime 2>/dev/null | sed 's/^ *//')"
if command -v free >/dev/null 2>&1; then
    echo; free -h
elif command -v vm_stat >/dev/null 2>&1; then
    echo; vm_stat | head -n 6
fi
echo
df -h 2>/dev/null | awk 'NR == 1 || $1 ~ /^\// || $1 ~ /:/'
