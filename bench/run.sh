#!/usr/bin/env bash
# Loads a bare pass-through and the gateway in turn and compares what a request costs each of them. See README.md.
set -euo pipefail
export LC_ALL=C

usage='usage: bench/run.sh [SECONDS] [--quick] [--translated] [--metered] [--power] [--record NAME]'
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
duration=10 warmup=15 rounds=3 connections=16 streams=16 tokens=16 record='' quick=0 dialect=openai metered=0 durability=process

while (($#)); do
  case $1 in
    --quick) quick=1 ;;
    --translated) dialect=anthropic ;;
    --metered) metered=1 ;;
    --power) durability=power ;;
    --record)
      record=${2:-}
      [[ $record =~ ^[A-Za-z0-9._-]+$ ]] || { echo "$usage" >&2; exit 2; }
      shift ;;
    [1-9]*) [[ $1 =~ ^[0-9]{1,4}$ ]] || { echo "$usage" >&2; exit 2; }; duration=$1 ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
  shift
done

# Quick answers "does the harness work", never "how fast is it": too short for the tiered JIT to settle.
if ((quick)); then
  [[ -z $record ]] || { echo 'A quick run is not worth recording.' >&2; exit 2; }
  duration=2 warmup=2 rounds=1
fi

fail() { echo "bench: $*" >&2; exit 1; }
for tool in wrk curl dotnet; do
  command -v "$tool" >/dev/null || fail "$tool is missing (Debian: apt-get install $tool)"
done

# The same for every process below. Tiered compilation and PGO stay at their defaults: that is what users run.
export DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=${DOTNET_ThreadPool_UnfairSemaphoreSpinLimit:-0}
export DOTNET_gcServer=0 DOTNET_TieredPGO=1 DOTNET_NOLOGO=1
unset DOTNET_TieredCompilation DOTNET_ReadyToRun ASPNETCORE_URLS
ticks=$(getconf CLK_TCK)

work=$(mktemp -d)
pids=()
cleanup() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  # The gateway ships what is left of its books before it ends.
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# A port below the ephemeral range that nothing listens on, and that was not given out before.
taken=' '
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    [[ $taken != *" $port "* ]] || continue
    grep -qsi ":$(printf '%04X' "$port") [0-9A-F:]* 0A " /proc/net/tcp /proc/net/tcp6 || break
  done
  taken+="$port "
  REPLY=$port
}

start() { # name dll args...; the pid in REPLY
  local name=$1
  shift
  (cd "$work" && exec dotnet "$@") >"$work/$name.log" 2>&1 &
  REPLY=$!
  pids+=("$REPLY")
}

await() { # name pid url
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    curl -s -o /dev/null --max-time 5 -f "$3" && return
    kill -0 "$2" 2>/dev/null || { cat "$work/$1.log" >&2; fail "$1 ended at its start"; }
    sleep 0.2
  done
  cat "$work/$1.log" >&2
  fail "$1 does not answer"
}

echo 'building...'
for project in src/BeastOrleans.Host src/BeastOrleans.Simulator bench/BeastOrleans.PassThrough bench/BeastOrleans.StreamClient; do
  dotnet build -c Release --nologo -v quiet -clp:"ErrorsOnly;NoSummary" "$root/$project" || fail "$project does not build"
done
dll() { echo "$root/$1/bin/Release/net10.0/$(basename "$1").dll"; }

free_port; sim=http://127.0.0.1:$REPLY
start simulator "$(dll src/BeastOrleans.Simulator)" --urls "$sim" --benchmark --tokens "$tokens"
sim_pid=$REPLY
free_port; pass=http://127.0.0.1:$REPLY
start passthrough "$(dll bench/BeastOrleans.PassThrough)" --urls "$pass" --upstream "$sim"
pass_pid=$REPLY
free_port; gateway=http://127.0.0.1:$REPLY
free_port; operations=http://127.0.0.1:$REPLY operations_port=$REPLY
free_port; silo_port=$REPLY
free_port; client_port=$REPLY
admin=bench-$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
export Beast__AdminKey=$admin
start gateway "$(dll src/BeastOrleans.Host)" --urls "$gateway" "--Beast:DataDirectory=$work/data" \
  "--Beast:Durability=$durability" "--Beast:OperationsPort=$operations_port" "--Beast:SiloPort=$silo_port" "--Beast:ClientGatewayPort=$client_port"
gateway_pid=$REPLY
unset Beast__AdminKey
await simulator "$sim_pid" "$sim/v1/models"
await passthrough "$pass_pid" "$pass/allocated"
await gateway "$gateway_pid" "$operations/health/ready"

# The gateway is set up as a user would: through its API.
call() { # method path key body
  curl -sS --max-time 30 --fail-with-body -X "$1" "$gateway$2" -H "Authorization: Bearer $3" -H 'Content-Type: application/json' -d "$4" \
    || fail "$1 $2 was refused"
}
call POST /admin/v1/tenants "$admin" '{"id":"bench"}' >/dev/null
key=$(call POST /admin/v1/keys "$admin" '{"tenant":"bench"}' | sed -n 's/.*"key":"\(bst_[^"]*\)".*/\1/p')
[[ -n $key ]] || fail 'no key was made'
if ((metered)); then
  # Hard budgets and limits on all three scopes of a request, none of which is ever reached. Keys without a user are _shared.
  id=$(curl -sS -f "$gateway/admin/v1/keys?tenant=bench" -H "Authorization: Bearer $admin" | sed -n 's/.*"id":"\(key_[^"]*\)".*/\1/p')
  for scope in tenant:bench user:bench/_shared "key:$id"; do
    call PUT "/admin/v1/budgets/$scope" "$admin" '{"limitUsd":"1000000","period":"month"}' >/dev/null
    call PUT "/admin/v1/limits/$scope" "$admin" '{"requestsPerMinute":100000000,"tokensPerMinute":1000000000,"parallel":10000}' >/dev/null
  done
fi
call PUT /admin/v1/prices "$admin" '{"model":"openai:gpt-4","inputPerMTok":30,"outputPerMTok":30}' >/dev/null
call POST /api/models/custom "$key" "{\"name\":\"bench\",\"dialect\":\"$dialect\",\"baseUrl\":\"$sim/v1\",\"model\":\"sim-small\",\"price\":{\"inputPerMTok\":1,\"outputPerMTok\":1}}" >/dev/null
call PUT /api/providers/openai/key "$key" "{\"apiKey\":\"sk-simulated\",\"baseUrl\":\"$sim/v1\"}" >/dev/null

# About 1 KB of prompt. `auto`: the plan is the custom model first, the provider behind it.
prompt=$(printf 'The quick brown fox jumps over the lazy dog %.0s' {1..22})
printf '{"model":"auto","messages":[{"role":"system","content":"You are brief."},{"role":"user","content":"%s"}],"temperature":0.2}' "$prompt" >"$work/plain.json"
printf '{"model":"auto","stream":true,"messages":[{"role":"system","content":"You are brief."},{"role":"user","content":"%s"}],"temperature":0.2}' "$prompt" >"$work/stream.json"

# Each must answer rightly before its speed is of interest.
answer=$(call POST /v1/chat/completions "$key" "@$work/plain.json")
[[ $answer == *'"choices"'* ]] || fail "the gateway answers: $answer"
curl -sS -f "$pass/v1/chat/completions" -H 'Content-Type: application/json' -d "@$work/plain.json" | grep -q '"choices"' || fail 'the pass-through does not answer'
served=$(curl -sS -D - -o /dev/null "$gateway/v1/chat/completions" -H "Authorization: Bearer $key" -d "@$work/plain.json" | tr -d '\r' | sed -n 's/^x-beast-model: //p')
[[ $served == custom:bench ]] || fail "served by '$served', not by custom:bench"

load() { # target mode seconds -> the RESULT line
  local url=$pass bearer=''
  if [[ $1 == gateway ]]; then url=$gateway bearer=$key; fi
  if [[ $2 == plain ]]; then
    BENCH_BODY=$work/plain.json BENCH_KEY=$bearer wrk -t1 -c"$connections" -d"$3s" --latency -s "$here/wrk/chat.lua" "$url/v1/chat/completions"
  else
    BENCH_KEY=$bearer dotnet "$(dll bench/BeastOrleans.StreamClient)" "$url/v1/chat/completions" "$streams" "$3" "$work/stream.json"
  fi | tee "$work/last-load.log" | grep '^RESULT '
}

field() { sed "s/.* $2=\([0-9.]*\).*/\1/" <<<"$1"; }
metric() { curl -sS -f "$operations/metrics" | awk -v name="$1" '$1 ~ "^" name "($|{)" { sum += $2 } END { printf "%.0f\n", sum }'; }
cpu_ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }

# The books are part of a request's price: its CPU is read when the last row is in the ledger.
settle() {
  sleep 1
  local tries
  [[ $1 == gateway ]] || return 0
  for ((tries = 0; tries < 120; tries++)); do
    [[ $(metric beast_usage_queue_depth) != 0 ]] || return 0
    sleep 0.5
  done
  fail 'the ledger does not catch up'
}

allocated() {
  if [[ $1 == gateway ]]; then metric dotnet_gc_heap_total_allocated_bytes_total; else curl -sS -f "$pass/allocated"; fi
}

declare -A rows
measure() { # target mode round
  local pid=$pass_pid before after sim_before sim_after bytes_before bytes_after result requests errors
  [[ $1 == gateway ]] && pid=$gateway_pid
  settle "$1"
  bytes_before=$(allocated "$1") before=$(cpu_ticks "$pid") sim_before=$(cpu_ticks "$sim_pid")
  result=$(load "$1" "$2" "$duration") || { cat "$work/last-load.log" >&2; fail "$1 $2: the load gave no result"; }
  settle "$1"
  after=$(cpu_ticks "$pid") sim_after=$(cpu_ticks "$sim_pid") bytes_after=$(allocated "$1")
  requests=$(field "$result" requests) errors=$(field "$result" errors)
  ((errors == 0)) || fail "$1 $2: $errors of $requests requests failed"
  ((requests > 0)) || fail "$1 $2: no request was answered"
  local line
  line=$(awk -v n="$requests" -v s="$(field "$result" seconds)" -v p50="$(field "$result" p50us)" -v p99="$(field "$result" p99us)" \
    -v cpu=$((after - before)) -v sim=$((sim_after - sim_before)) -v bytes=$((bytes_after - bytes_before)) -v tick="$ticks" \
    'BEGIN { printf "%.0f %.2f %.2f %.1f %.1f %.0f\n", n / s, p50 / 1000, p99 / 1000, cpu * 1e6 / tick / n, sim * 1e6 / tick / n, bytes / n }')
  rows[$1,$2,$3]=$line
  printf '%-6s round %s  %-12s %8s req/s  p50 %s ms  p99 %s ms  CPU %s us/req  (simulator %s)  %s bytes/req\n' "$2" "$3" "$1" $line
}

median() { # target mode column
  local round
  for ((round = 1; round <= rounds; round++)); do echo "${rows[$1,$2,$round]}"; done | awk -v c="$3" '{ print $c }' | sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

machine="$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), .NET $(dotnet --version), $(date -u +%Y-%m-%d), revision $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)$(git -C "$root" diff --quiet HEAD 2>/dev/null || echo ' with local changes')"
load_before=$(cut -d' ' -f1 /proc/loadavg)
echo "$machine; load average before: $load_before"
echo "warming up ($warmup s each)..."
for mode in plain stream; do
  for target in passthrough gateway; do load "$target" "$mode" "$warmup" >/dev/null || { cat "$work/last-load.log" >&2; fail "$target $mode fails in the warm-up"; }; done
done
for ((round = 1; round <= rounds; round++)); do
  for mode in plain stream; do
    for target in passthrough gateway; do measure "$target" "$mode" "$round"; done
  done
done
dropped=$(metric beast_usage_dropped_total)
((dropped == 0)) || fail "$dropped usage rows were dropped"

report() {
  echo '| load | target | requests/s | p50 ms | p99 ms | CPU us/request | of the simulator | bytes allocated/request |'
  echo '|---|---|---|---|---|---|---|---|'
  local mode target column
  for mode in plain stream; do
    for target in passthrough gateway; do
      printf '| %s | %s |' "$([[ $mode == plain ]] && echo "whole answers, $connections connections" || echo "$tokens-token streams, $streams connections")" "$target"
      for column in 1 2 3 4 5 6; do printf ' %s |' "$(median "$target" "$mode" "$column")"; done
      echo
    done
  done
  echo
  for mode in plain stream; do
    awk -v mode="$mode" -v g="$(median gateway "$mode" 4)" -v p="$(median passthrough "$mode" 4)" \
      'BEGIN { printf "CPU per request, gateway / pass-through, %s: **%.2f**\n\n", (mode == "plain" ? "whole answers" : "streams"), (p > 0 ? g / p : 0) }'
  done
}

echo
report | tee "$work/report.md"
if [[ -n $record ]]; then
  mkdir -p "$here/results"
  {
    echo "# $record"
    echo
    echo "$machine; load average before: $load_before."
    echo "Medians of $rounds interleaved rounds of $duration s after $warmup s of warm-up each; about 1 KB of prompt; the gateway's upstream speaks the $dialect dialect; $( ((metered)) && echo 'hard budgets and limits on tenant, user and key' || echo 'no budgets or limits'); durability $durability; \`bench/run.sh $duration --record $record\`."
    echo
    cat "$work/report.md"
  } | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$here/results/$record.md"
  echo "written to bench/results/$record.md"
fi
