#!/bin/sh
# Addresses of this machine, and who listens and talks.
set -u
if command -v ip >/dev/null 2>&1; then
    ip -brief address
elif command -v ifconfig >/dev/null 2>&1; then
    ifconfig | awk '/^[a-z]/ { name = $1 } /inet6? / { print name, $2 }'
else
    hostname -I 2>/dev/null || hostname
fi
echo
if command -v ss >/dev/null 2>&1; then
    ss -tun -l -a | head -n 60
elif command -v netstat >/dev/null 2>&1; then
    netstat -an | awk '/^(tcp|udp)/' | head -n 60
else
    echo "Neither ss nor netstat is installed: no list of connections."
fi
