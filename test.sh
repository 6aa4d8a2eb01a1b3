#!/usr/bin/env bash
# Builds and runs every test. The last line is "N passed, N failed[, N skipped]".
#   ./test.sh          the quick run (under 15 minutes on 2 cores)
#   ./test.sh --full   adds the long proofs (under 60 minutes)
set -euo pipefail
cd "$(dirname "$0")"

full=0
for argument in "$@"; do
  case "$argument" in
    --full) full=1 ;;
    *) echo "usage: ./test.sh [--full]" >&2; exit 2 ;;
  esac
done

command -v dotnet >/dev/null || { echo "The .NET SDK $(sed -n 's/.*"version": "\(.*\)".*/\1/p' global.json) is needed: https://dot.net" >&2; exit 1; }

# What the tests use beside the SDK, from Debian's packages. Runlevel 1: the tests start their own daemons, none of the system's.
missing=()
command -v curl >/dev/null || missing+=(curl)
command -v npm >/dev/null || missing+=(npm)
command -v jq >/dev/null || missing+=(jq)
command -v openssl >/dev/null || missing+=(openssl)
[[ -x /usr/sbin/nginx ]] || command -v nginx >/dev/null || missing+=(nginx)
command -v docker-compose >/dev/null || missing+=(docker-compose)
command -v skopeo >/dev/null || missing+=(skopeo)
command -v umoci >/dev/null || missing+=(umoci)
command -v docker-registry >/dev/null || missing+=(docker-registry)
[[ -x /usr/lib/postgresql/15/bin/postgres ]] || missing+=(postgresql-15)
command -v promtool >/dev/null || missing+=(prometheus)
command -v amtool >/dev/null || missing+=(prometheus-alertmanager)
command -v bwrap >/dev/null || missing+=(bubblewrap)
if ((full)) && ! command -v wrk >/dev/null; then missing+=(wrk); fi
if ((${#missing[@]})); then
  echo "Installing: ${missing[*]}"
  # Without what they merely recommend: that would be a container engine, which nothing here needs.
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}") >/dev/null
fi

# Clients of Node run against the gateway. LangChain needs Node 20, and Debian 12 has 18: then npm brings a newer one.
npm ci --prefix tests/clients --loglevel=error >/dev/null
if (($(node -p 'process.versions.node.split(".")[0]') < 20)); then
  npm install --prefix tests/clients/.runtime --no-save --loglevel=error node@20.20.2 >/dev/null
  export PATH="$PWD/tests/clients/.runtime/node_modules/.bin:$PATH"
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
if ((full)); then export BEAST_FULL=1 BEAST_MONEY_SCHEDULES=200000; fi
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

dotnet restore --locked-mode
dotnet build -c Release --no-restore

status=0
broken=()
# prove NAME COMMAND...: a step that is no test project; what fails is named at the end, too.
prove() {
  local name=$1
  shift
  echo "== $name"
  "$@" || { status=1; broken+=("$name"); }
}

for project in tests/*Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  dotnet test "$project" -c Release --no-build --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" || { status=1; broken+=("$name"); }
  [[ -s "$results/$name.trx" ]] || { echo "$name left no results" >&2; status=1; }
done

# Storage once more, on the other database.
while IFS=: read -r name filter; do
  echo "== $name on PostgreSQL"
  BEAST_TEST_STORAGE=postgres dotnet test "tests/$name/$name.csproj" -c Release --no-build --filter "$filter" --results-directory "$results" \
    --logger "trx;LogFileName=$name.postgres.trx" --logger "console;verbosity=minimal" || { status=1; broken+=("$name on PostgreSQL"); }
done <<'END'
BeastOrleans.UnitTests:FullyQualifiedName~UnitTests.Ledger
BeastOrleans.ClusterTests:FullyQualifiedName~ClusterTests.Storage|FullyQualifiedName~ClusterTests.Metering|FullyQualifiedName~ClusterTests.Tenants
END

# Kills the real executable under load: a law of the ledger that breaks is a failure.
if ((full)); then prove "kill -9, in full" tests/ledger-survives-kill9.sh --full; else prove "kill -9" tests/ledger-survives-kill9.sh; fi

# What the tests read of Kubernetes is what the overlays give.
prove "manifests as rendered" tests/render-k8s.sh --check
npm ci --prefix tests/k8s-schemas --loglevel=error >/dev/null
finds_planted() {
  if node tests/k8s-schemas/validate.mjs --planted >/dev/null 2>&1; then echo "A planted mistake in the manifests was not found."; return 1; fi
}
prove "manifests' schemas" node tests/k8s-schemas/validate.mjs
prove "manifests with planted mistakes" finds_planted

# The container image, without a container engine.
prove "image" deploy/prove-image.sh

if ((full)); then
  # Not a test of speed: the benchmark fails when an answer is wrong, not when it is slow.
  prove "benchmark" bench/run.sh --quick
  # A cluster of processes on PostgreSQL: parts killed, frozen, drained, cut off, restarted under load; and its ledger.
  prove "cluster" tests/cluster-survives.sh
  prove "kill -9 of a cluster" tests/ledger-survives-kill9.sh --cluster
  # Every fault for real, at the default limits.
  prove "failover" tests/failover.sh
fi

count() { cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk "{ sum += \$1 } END { print sum + 0 }"; }
passed=$(count passed)
failed=$(count failed)
skipped=$(( $(count total) - passed - failed ))
if [[ "${CI:-}" == true && $skipped -gt 0 ]]; then
  echo "Skipped tests are failures in CI." >&2
  status=1
fi

if ((status && failed == 0)); then failed=1; fi
if ((${#broken[@]})); then printf 'Broken: %s\n' "${broken[@]}"; fi
line="$passed passed, $failed failed"
if ((skipped)); then line+=", $skipped skipped"; fi
echo "$line"
exit $status
