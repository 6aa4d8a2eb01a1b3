#!/usr/bin/env bash
# The public failover benchmark and what goes beyond it, for real: the executable as a process of its own, simulated
# models behind it, one table row for each fault and mode. Ends with 1 when a row is worse than expected.
#   tests/failover.sh               everything (under 12 minutes on 2 cores)
#   tests/failover.sh --quick       without what takes minutes (under 2 minutes)
#   tests/failover.sh --only NAME   what has NAME in its name
#   tests/failover.sh --json FILE   the rows for a program, too
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/BeastOrleans.Failover

command -v dotnet >/dev/null || { echo 'failover: the .NET SDK is missing (https://dot.net)' >&2; exit 1; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Settings of ours or of ASP.NET in the environment would reach the gateway under test.
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(Beast__|ASPNETCORE_)' || true)

build=$(dotnet build "$project" -c Release -v quiet 2>&1) || { echo "$build" >&2; exit 1; }
exec dotnet "$project/bin/Release/net10.0/BeastOrleans.Failover.dll" "$@"
