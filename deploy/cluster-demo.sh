#!/usr/bin/env bash
# A cluster on this machine that loses a member under load: PostgreSQL, three gateways of role `all`, a simulated model, eight
# clients. One gateway is killed with kill -9, the others go on, it comes back, and every request that a client had answered is
# looked up in the ledger. Everything lies in a temporary directory, on free ports of loopback, and is gone afterwards.
#   deploy/cluster-demo.sh [--seconds N]     20 s of traffic; under a minute after a build
# Ends with 1 when a request was lost, counted twice, or answered by no gateway at all.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
members=3
clients=8
seconds=20
while (($#)); do
  case "$1" in
    --seconds) seconds=${2:?--seconds takes a number}; shift 2 ;;
    *) echo "usage: deploy/cluster-demo.sh [--seconds N]" >&2; exit 2 ;;
  esac
done
[[ $seconds =~ ^[0-9]+$ ]] && ((seconds >= 10)) || { echo "cluster-demo: at least 10 seconds" >&2; exit 2; }

postgres_bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
missing=()
for tool in dotnet curl jq openssl setpriv; do command -v "$tool" >/dev/null || missing+=("$tool"); done
[[ -n $postgres_bin ]] || missing+=(postgresql)
if ((${#missing[@]})); then echo "cluster-demo: missing: ${missing[*]}" >&2; exit 1; fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Settings of ours or of ASP.NET in the environment would reach the gateways.
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(Beast__|ASPNETCORE_|ConnectionStrings__|PG)' || true)

work=$(mktemp -d)
chmod 0711 "$work"
postgres=
simulator=
gateways=()
workers=()

# In the order of a clean stop; by the ids that were started here, and no other.
finish() {
  local pid
  trap - EXIT
  touch "$work/stop"
  for pid in "${workers[@]}" "${gateways[@]}" $simulator; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${workers[@]}" "${gateways[@]}" $simulator; do gone "$pid" 15 || kill -KILL "$pid" 2>/dev/null || true; done
  # Fast shutdown: whoever is still connected is cut off.
  if [[ -n $postgres ]]; then
    kill -INT "$postgres" 2>/dev/null || true
    gone "$postgres" 20 || kill -QUIT "$postgres" 2>/dev/null || true
  fi
  wait 2>/dev/null || true
  rm -rf "$work"
}
gone() {
  local until=$((SECONDS + $2))
  while kill -0 "$1" 2>/dev/null; do
    ((SECONDS < until)) || return 1
    sleep 0.1
  done
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf 'cluster-demo: %3d s: %s\n' "$SECONDS" "$*"; }
fail() {
  echo "cluster-demo: FAILED: $*" >&2
  if [[ -n ${2:-} && -s $2 ]]; then tail -n 20 "$2" >&2; fi
  exit 1
}

# Of the ports that nobody listens on, each given out once; another process could take one in between, which a rerun shows.
free_port() {
  while :; do
    port=$((20000 + RANDOM % 12000))
    if [[ " ${taken:-} " != *" $port "* ]] && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      taken="${taken:-} $port"
      return
    fi
  done
}

# until_ok SECONDS PID COMMAND...: asks again until the command is content, or the process has gone.
until_ok() {
  local until=$((SECONDS + $1)) pid=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || return 1
    ((SECONDS < until)) || return 1
    sleep 0.1
  done
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if ((EUID == 0)); then
    local user=nobody
    if id postgres >/dev/null 2>&1; then user=postgres; fi
    exec setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"
  fi
  exec "$@"
}

start_postgres() {
  free_port
  postgres_port=$port
  password=$(openssl rand -hex 16)
  mkdir "$work/postgres"
  printf '%s\n' "$password" >"$work/postgres/password"
  if ((EUID == 0)); then chown -R "$( (as_postgres id -u) ):$( (as_postgres id -g) )" "$work/postgres"; fi
  chmod 0700 "$work/postgres"
  (cd "$work/postgres" && as_postgres "$postgres_bin/initdb" -D "$work/postgres/data" -U beast -E UTF8 --locale=C.UTF-8 \
    --auth=scram-sha-256 --pwfile="$work/postgres/password") >"$work/initdb.log" 2>&1 || fail "initdb" "$work/initdb.log"
  (cd "$work/postgres" && as_postgres "$postgres_bin/postgres" -D "$work/postgres/data" -p "$postgres_port" -k "$work/postgres" \
    -c listen_addresses=127.0.0.1 -c max_connections=300) >"$work/postgres.log" 2>&1 &
  postgres=$!
  until_ok 30 "$postgres" "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$postgres_port" || fail "PostgreSQL did not start" "$work/postgres.log"
  PGPASSWORD=$password "$postgres_bin/createdb" -h 127.0.0.1 -p "$postgres_port" -U beast beast
}

# start_gateway NUMBER: the same ports and directory each time, so that it finds its spool again.
start_gateway() {
  local i=$1 directory=$work/gateway-$1
  mkdir -p "$directory"
  (
    cd "$directory"
    export ConnectionStrings__Beast="Host=127.0.0.1;Port=$postgres_port;Database=beast;Username=beast;Password=$password"
    export Beast__Storage=postgres Beast__Role=all Beast__ClusterId=demo Beast__AdminKey=$admin Beast__MasterKeyFile=$work/master-keys.json
    export Beast__DataDirectory=$directory/data Beast__OperationsPort=${operations[i]} Beast__SiloPort=${silo[i]} Beast__ClientGatewayPort=${client[i]}
    exec dotnet "$binaries/BeastOrleans.Host.dll" --urls "${urls[i]}"
  ) >>"$work/gateway-$i.log" 2>&1 &
  gateways[i]=$!
}

await_gateway() {
  until_ok 90 "${gateways[$1]}" curl -fs --max-time 5 "http://127.0.0.1:${operations[$1]}/health/ready" ||
    fail "gateway $1 is not ready" "$work/gateway-$1.log"
}

# call METHOD PATH KEY [BODY]: by the first gateway; prints the answer.
call() {
  local method=$1 path=$2 key=$3
  shift 3
  curl -sS --fail-with-body --max-time 20 -X "$method" "${urls[0]}$path" -H "Authorization: Bearer $key" ${1:+-d "$1"}
}

# One client, asking until told to stop: half of them stream. A connection that breaks or is refused, and a 5xx, is asked again
# of the next gateway, after an error with a pause, as an SDK behind a load balancer does.
client_loop() {
  local me=$1 at=$1 try code id stream=false
  if ((me % 2)); then stream=true; fi
  local body='{"model":"auto","stream":'$stream',"messages":[{"role":"user","content":"Hello"}]}'
  : >"$work/answered.$me"; : >"$work/cut.$me"; : >"$work/refused.$me"; : >"$work/failed.$me"
  while [[ ! -e $work/stop ]]; do
    id=
    for ((try = 0; try < 2 * members; try++)); do
      at=$(((at + 1) % members))
      if code=$(curl -sS --max-time 40 -o "$work/body.$me" -D "$work/head.$me" -w '%{http_code}' "${urls[at]}/v1/chat/completions" \
        -H "Authorization: Bearer $key" -H "x-beast-user: client-$me" -d "$body" 2>>"$work/curl.log"); then
        if [[ $code == 200 ]] && { [[ $stream == false ]] || grep -q '^data: \[DONE\]' "$work/body.$me"; }; then
          id=$(sed -n 's/^[Xx]-[Bb]east-[Rr]equest-[Ii]d: *\([^[:space:]]*\).*/\1/p' "$work/head.$me")
          break
        fi
        echo "$code $(head -c 300 "$work/body.$me" | tr '\n' ' ')" >>"$work/refused.$me"
        sleep 0.5
      else
        echo "${urls[at]}" >>"$work/cut.$me"
      fi
    done
    if [[ -n $id ]]; then echo "$id" >>"$work/answered.$me"; else echo "${code:-none}" >>"$work/failed.$me"; fi
  done
}

lines() { cat "$work/$1".* | wc -l; }

# The answered requests of which the ledger, asked through the API, knows nothing.
lost() {
  awk -v at="${urls[0]}/api/requests/" '{ print "url = \"" at $1 "\"\noutput = \"/dev/null\"" }' "$work/ids" >"$work/urls"
  curl -s -Z --parallel-max 20 --max-time 20 -H "Authorization: Bearer $key" -w '%{http_code}\n' -K "$work/urls" 2>/dev/null | grep -vc '^200$' || true
}

say "build"
build=$(dotnet build "$root/src/BeastOrleans.Host" -c Release -v quiet 2>&1) || { echo "$build" >&2; exit 1; }
binaries=$root/src/BeastOrleans.Host/bin/Release/net10.0

say "PostgreSQL on its own directory and port"
start_postgres
free_port
simulator_url=http://127.0.0.1:$port
(exec dotnet "$binaries/BeastOrleans.Simulator.dll" --urls "$simulator_url" --models llama-3 --benchmark) >"$work/simulator.log" 2>&1 &
simulator=$!

admin=$(openssl rand -hex 32)
(umask 077 && printf '{"current":"k1","keys":{"k1":"%s"}}\n' "$(openssl rand -base64 32)" >"$work/master-keys.json")
urls=() operations=() silo=() client=()
for ((i = 0; i < members; i++)); do
  free_port; urls[i]=http://127.0.0.1:$port
  free_port; operations[i]=$port
  free_port; silo[i]=$port
  free_port; client[i]=$port
done

say "$members gateways at once, on an empty database"
for ((i = 0; i < members; i++)); do start_gateway $i; done
for ((i = 0; i < members; i++)); do await_gateway $i; done
until_ok 30 "$simulator" curl -fs "$simulator_url/v1/models" || fail "the simulator did not start" "$work/simulator.log"

call POST /admin/v1/tenants "$admin" '{"id":"acme"}' >/dev/null
key=$(call POST /admin/v1/keys "$admin" '{"tenant":"acme"}' | jq -r .key)
call POST /api/models/custom "$key" '{"name":"my-model","baseUrl":"'"$simulator_url"'/v1","model":"llama-3","scope":"tenant","price":{"inputPerMTok":1,"outputPerMTok":1}}' >/dev/null

say "$clients clients, half of them streaming, for $seconds s"
for ((c = 0; c < clients; c++)); do
  client_loop $c &
  workers+=($!)
done
sleep $((seconds / 3))
victim=$((members - 1))
before=$(lines answered)
kill -KILL "${gateways[victim]}"
# Else the shell would tell of it, at length.
wait "${gateways[victim]}" 2>/dev/null || true
say "kill -9 of gateway $victim after $before answers"
sleep $((seconds / 3))
say "gateway $victim starts again on its directory ($(($(lines answered) - before)) answers meanwhile)"
start_gateway $victim
await_gateway $victim
say "gateway $victim is ready"
sleep $((seconds / 3))
touch "$work/stop"
wait "${workers[@]}"
workers=()

cat "$work"/answered.* | sort >"$work/ids"
answered=$(wc -l <"$work/ids")
cut=$(lines cut)
refused=$(lines refused)
failed=$(lines failed)
((answered > 0)) || fail "no request was answered" "$work/gateway-0.log"
[[ $(sort -u "$work/ids" | wc -l) == "$answered" ]] || fail "two answers had one request id"

say "look up $answered answers in the ledger"
for ((i = 0; i < 60; i++)); do
  missing=$(lost)
  ((missing)) || break
  sleep 0.5
done
requests=$(call GET /api/models/custom/monitoring "$key" | jq .metrics.requests)
total=$(jq .total <<<"$requests")

cat <<TEXT

  requests answered           $answered
  connections cut or refused  $cut   (asked again of the next gateway)
  answered with an error      $refused   (asked again of the next gateway)
  answered by nobody          $failed
  answers not in the ledger   $missing
  requests in monitoring      $total   (at most answered + cut + errors)

TEXT
if ((refused)); then cat "$work"/refused.* | sort | uniq -c | sort -rn | head -n 5; fi
((missing == 0)) || fail "answers are missing in the ledger"
((failed == 0)) || fail "a request was answered by no gateway" "$work/gateway-0.log"
((total >= answered && total <= answered + cut + refused)) || fail "monitoring counts $total"
say "nothing lost, nothing counted twice"
