#!/bin/sh
# Makes zoneinfo.zip from the tz database of a Debian machine with a current tzdata package:
#   apt-get install --only-upgrade tzdata && go generate ./booking
# The zip holds one compiled file per Area/City name, aliases included, and the file "version".
# The same tz database gives the same bytes.
set -eu
source=${1:-/usr/share/zoneinfo/tzdata.zi}
target=$(cd "$(dirname "$0")" && pwd)/zoneinfo.zip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

PATH=$PATH:/usr/sbin zic -b slim -d "$work" "$source"
cd "$work"
sed -n '1s/^# version //p' "$source" >version
test -s version || { echo "update.sh: $source does not begin with its version" >&2; exit 1; }
find . -exec touch -h -d '1980-01-01 00:00:00 UTC' {} +
rm -f "$target"
find version UTC Africa America Antarctica Arctic Asia Atlantic Australia Etc Europe Indian Pacific -type f |
	LC_ALL=C sort | TZ=UTC zip -q -9 -X -@ "$target"
echo "tz database $(cat version): $(unzip -Z1 "$target" | wc -l) files, $(wc -c <"$target") bytes"
