#!/usr/bin/env bash
# The ledger against kill -9, for real: the executable as a process of its own under load, killed every 1 to 3 seconds and
# started again on the same directory, beside an upstream that keeps its own books on the disk. Ends with 1 when a law of
# the ledger is broken.
#   tests/ledger-survives-kill9.sh          600 requests, at least 3 kills (about 25 s)
#   tests/ledger-survives-kill9.sh --full   10,000 requests, at least 40 kills (some minutes)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/tests/BeastOrleans.Survival

command -v dotnet >/dev/null || { echo 'ledger-survives-kill9: the .NET SDK is missing (https://dot.net)' >&2; exit 1; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Settings of ours or of ASP.NET in the environment would reach the gateway under test.
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(Beast__|ASPNETCORE_)' || true)

build=$(dotnet build "$project" -c Release -v quiet 2>&1) || { echo "$build" >&2; exit 1; }
exec dotnet "$project/bin/Release/net10.0/BeastOrleans.Survival.dll" ledger "$@"
