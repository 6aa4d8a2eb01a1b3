#!/usr/bin/env bash
# A cluster of real processes on a real PostgreSQL, under 100 requests a second, half of them streams, and what may happen to
# it: a silo killed, frozen, drained; a gateway killed; all restarted one by one; the database away for a minute. Prints a table
# row for each and ends with 1 when a client saw more than was promised, or the ledger is wrong.
#   tests/cluster-survives.sh                 3 silos and 2 gateways (about 6 minutes)
#   tests/cluster-survives.sh --all           3 processes that are both
#   tests/cluster-survives.sh --only "silo killed"
#   tests/cluster-survives.sh --only restarted --from DIRECTORY     from the build in the directory onto this one
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/BeastOrleans.Survival

command -v dotnet >/dev/null || { echo 'cluster-survives: the .NET SDK is missing (https://dot.net)' >&2; exit 1; }
[[ -x /usr/lib/postgresql/15/bin/postgres ]] || { echo 'cluster-survives: PostgreSQL is missing (apt-get install postgresql-15)' >&2; exit 1; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Settings of ours or of ASP.NET in the environment would reach the processes under test.
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(Beast__|ConnectionStrings__|ASPNETCORE_)' || true)

build=$(dotnet build "$project" -c Release -v quiet 2>&1) || { echo "$build" >&2; exit 1; }
# With a network of its own, where that may be had: there the kernel can cut a gateway off, and no packet leaves this test.
if ((EUID == 0)) && command -v iptables >/dev/null && unshare -n true 2>/dev/null; then
  exec unshare -n bash -c 'ip link set lo up; BEAST_OWN_NETWORK=1 exec "$@"' - dotnet "$project/bin/Release/net10.0/BeastOrleans.Survival.dll" cluster "$@"
fi
echo 'cluster-survives: without root and iptables no gateway is cut off' >&2
exec dotnet "$project/bin/Release/net10.0/BeastOrleans.Survival.dll" cluster "$@"
