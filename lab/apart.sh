#!/bin/sh
# apart.sh COMMAND: runs it, as root, in a network of its own, in which what is sent over the loopback is received by the
# processors behind the first. Elsewhere the system does the receivers' work too within the sender's call, and charges it to
# a server that is measured on the first processor: none that serves a network has that cost.
set -e
if [ -z "$APART" ]; then
	APART=1 exec unshare --net --mount -- "$0" "$@"
fi
ip link set lo up
mount -t sysfs none /sys
n=$(nproc --all)
[ "$n" -gt 1 ] || { echo "apart.sh: there is one processor only" >&2; exit 1; }
[ "$n" -le 32 ] || n=32
printf '%x' $(((1 << n) - 2)) > /sys/class/net/lo/queues/rx-0/rps_cpus
exec "$@"
