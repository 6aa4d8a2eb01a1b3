#!/usr/bin/env bash
# The container image, built and run without a container engine: a registry on loopback, a base image of this machine's own
# .NET and Debian's libraries in the place of Microsoft's, the image built on it by the SDK exactly as for a release, pulled,
# unpacked, and run under bubblewrap as nobody's user (1654) on a read-only root. Ends with 1 when something does not hold.
#   deploy/prove-image.sh     about half a minute after a build
set -eEuo pipefail
exec 2>&1
trap 'echo "prove-image: FAILED: line $LINENO: $BASH_COMMAND ended with $?"' ERR
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tag=proof
user=1654

missing=()
for tool in dotnet curl jq skopeo umoci docker-registry bwrap ldconfig ldd setpriv; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if ((${#missing[@]})); then
  echo "prove-image: missing: ${missing[*]} (Debian: curl jq skopeo umoci docker-registry bubblewrap libc-bin util-linux)" >&2
  exit 1
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Settings of ours or of ASP.NET in the environment would reach the build or the process under test.
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(Beast__|ASPNETCORE_)' || true)

work=$(mktemp -d)
registry=
box=
finish() {
  if [[ -n $box ]]; then kill -KILL "$box" 2>/dev/null || true; fi
  if [[ -n $registry ]]; then kill "$registry" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf "prove-image: %3d s: %s\n" "$SECONDS" "$*"; }
fail() {
  echo "prove-image: FAILED: $*" >&2
  if [[ -s $work/out ]]; then tail -n 30 "$work/out" >&2; fi
  exit 1
}

# Of the ports that nobody listens on; another process could take one in between, which a rerun shows.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
}

# until_ok SECONDS COMMAND...: asks again until the command is content.
until_ok() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || return 1
    sleep 0.1
  done
}

# Where the loader finds a library. Reads to the end: a reader that stops early ends ldconfig by SIGPIPE.
library_path() { ldconfig -p | awk -v name="$1" '$1 == name && !/i386/ && !found { print $NF; found = 1 }'; }

start_registry() {
  port=$(free_port)
  cat >"$work/registry.yml" <<YAML
version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: $work/registry } }
http: { addr: "127.0.0.1:$port" }
YAML
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  registry=$!
  until_ok 20 curl -fs "http://127.0.0.1:$port/v2/" || { cat "$work/registry.log" >&2; fail "the registry does not answer"; }
  at=localhost:$port
}

# What mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled has, from here: the shared frameworks, the libraries that they
# load, certificates, a user. No shell, no tool.
push_base() {
  local base=$work/base dotnet library framework
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  mkdir -p "$base"/{usr/bin,usr/share/dotnet/shared,etc/ssl/certs,tmp,proc,dev}
  chmod 1777 "$base/tmp"
  cp "$dotnet/dotnet" "$base/usr/share/dotnet/"
  cp -r "$dotnet/host" "$base/usr/share/dotnet/"
  for framework in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
    mkdir -p "$base/usr/share/dotnet/shared/$framework"
    cp -r "$(find "$dotnet/shared/$framework" -mindepth 1 -maxdepth 1 -name '10.*' | sort -V | tail -n 1)" "$base/usr/share/dotnet/shared/$framework/"
  done
  ln -s /usr/share/dotnet/dotnet "$base/usr/bin/dotnet"

  # By what the binaries name, and OpenSSL, which is loaded by name at run time.
  local ssl crypto
  ssl=$(library_path libssl.so.3)
  crypto=$(library_path libcrypto.so.3)
  [[ -n $ssl && -n $crypto ]] || fail "libssl3 is missing"
  {
    printf '%s\n' "$ssl" "$crypto"
    find "$base/usr/share/dotnet" -type f \( -name '*.so' -o -name dotnet \) -print0 |
      xargs -0 ldd 2>/dev/null | grep -oE '(=> )?/[^ ]+ \(' | grep -oE '/[^ ]+' || true
    ldd "$ssl" | grep -oE '/[^ ]+' || true
  } | grep -v "^$work" | sort -u | while read -r library; do
    # The loader must lie where binaries look for it; all else where the loader looks.
    case $library in
      */ld-linux*) mkdir -p "$base$(dirname "$library")"; cp -L "$library" "$base$library" ;;
      *) mkdir -p "$base/usr/lib"; cp -L "$library" "$base/usr/lib/" ;;
    esac
  done
  if [[ -f /etc/ssl/certs/ca-certificates.crt ]]; then cp /etc/ssl/certs/ca-certificates.crt "$base/etc/ssl/certs/"; fi
  printf 'root:x:0:0::/:/sbin/nologin\napp:x:%s:%s::/:/sbin/nologin\n' $user $user >"$base/etc/passwd"
  printf 'root:x:0:\napp:x:%s:\n' $user >"$base/etc/group"
  printf 'hosts: files dns\n' >"$base/etc/nsswitch.conf"

  umoci init --layout "$work/oci"
  umoci new --image "$work/oci:base"
  umoci insert --image "$work/oci:base" "$base" / >/dev/null
  umoci config --image "$work/oci:base" \
    --config.env PATH=/usr/bin --config.env ASPNETCORE_HTTP_PORTS=8080 --config.env DOTNET_RUNNING_IN_CONTAINER=true \
    --config.env LD_LIBRARY_PATH=/usr/lib --config.env APP_UID=$user
  skopeo --insecure-policy copy --quiet --dest-tls-verify=false "oci:$work/oci:base" "docker://$at/dotnet/aspnet:10.0-proof"
}

publish() {
  local build
  build=$(dotnet build "$root/src/BeastOrleans.Host" -c Release -v quiet 2>&1) || { echo "$build" >&2; fail "the build"; }
  dotnet publish "$root/src/BeastOrleans.Host" -c Release --no-build -v quiet -t:PublishContainer -p:PublishDir="$work/publish/" \
    -p:ContainerRegistry="$at" -p:ContainerBaseImage="$at/dotnet/aspnet:10.0-proof" -p:ContainerImageTag=$tag >"$work/out" 2>&1 ||
    fail "the SDK did not build the image"
}

pull() {
  skopeo --insecure-policy copy --quiet --src-tls-verify=false "docker://$at/beastorleans:$tag" "oci:$work/oci:pulled"
  umoci unpack --image "$work/oci:pulled" $( ((EUID)) && echo --rootless ) "$work/bundle" >/dev/null
  image=$work/bundle/rootfs
  config=$work/bundle/config.json
  # As a container runtime does for a volume.
  mkdir "$image/data" "$work/data"
  chmod 0755 "$work" "$work/bundle" "$image"
  if ((EUID == 0)); then chown $user:$user "$work/data"; fi
}

expect() {
  local seen
  seen=$(jq -r "$2" "$config")
  [[ $seen == "$3" ]] || fail "$1 is '$seen', not '$3'"
}

# run NAME=VALUE... -- WORDS...: the image's own environment and directory, a read-only root, /data to write to, no
# capability, a process of its own namespaces (but the network, which the proof calls it over) as number 1.
run() {
  local as=() env=()
  if ((EUID == 0)); then as=(setpriv --reuid $user --regid $user --clear-groups --no-new-privs --bounding-set=-all); fi
  while IFS='=' read -r name value; do env+=(--setenv "$name" "$value"); done < <(jq -r '.process.env[]' "$config")
  while [[ $1 != -- ]]; do env+=(--setenv "${1%%=*}" "${1#*=}"); shift; done
  shift
  exec "${as[@]}" bwrap --unshare-user --unshare-pid --unshare-ipc --unshare-uts --as-pid-1 --die-with-parent --new-session \
    --uid $user --gid $user --cap-drop ALL --clearenv "${env[@]}" \
    --ro-bind "$image" / --bind "$work/data" /data --proc /proc --dev /dev --chdir "$(jq -r .process.cwd "$config")" \
    --info-fd 7 -- "$@" 7>"$work/info"
}

start() {
  : >"$work/info"
  (run "$@") >"$work/out" 2>&1 &
  box=$!
  until_ok 20 grep -q '"child-pid": [0-9]' "$work/info" || fail "bubblewrap did not start it"
  inner=$(jq '."child-pid"' "$work/info")
}

stop() {
  kill -TERM "$inner"
  local code=0
  wait "$box" || code=$?
  box=
  ((code == 0)) || fail "$1 ended with $code at SIGTERM"
}

# A kernel, or the container that this runs in, may forbid namespaces to everybody.
can_isolate() { bwrap --unshare-user --unshare-pid --unshare-ipc --unshare-uts --ro-bind / / --proc /proc --dev /dev true 2>"$work/out"; }

files_of_image() { (cd "$image" && find . -xdev -printf '%p %s %T@ %m %U\n' | sort); }

start_registry
say "base image from $(dotnet --version) and Debian's libraries"
push_base
say "dotnet publish -t:PublishContainer"
publish
pull

mapfile -t words < <(jq -r '.process.args[]' "$config")
expect "the user" '"\(.process.user.uid):\(.process.user.gid)"' "$user:$user"
expect "the directory" .process.cwd /app/
expect "the command" '.process.args | join(" ")' "dotnet /app/BeastOrleans.Host.dll"
expect "the data directory" '.process.env[] | select(startswith("Beast__DataDirectory="))' Beast__DataDirectory=/data
[[ -z $(find "$image/app" \( -perm /022 -o -name '*.Development.json' -o -name 'master-keys*' \) -not -type l) ]] || fail "something in /app is writable by others, or a secret"
[[ ! -e $image/bin/sh && ! -e $image/usr/bin/sh ]] || fail "there is a shell"

if ! can_isolate; then
  cat "$work/out"
  say "ok as far as it goes: the image is as it must be; it was not run, because this machine forbids namespaces"
  exit 0
fi

files_of_image >"$work/before"
api=$(free_port)
operations=$(free_port)
ports=("ASPNETCORE_URLS=http://127.0.0.1:$api" "Beast__OperationsPort=$operations" "Beast__SiloPort=$(free_port)" "Beast__ClientGatewayPort=$(free_port)")
say "run as $user on a read-only root"
start "${ports[@]}" -- "${words[@]}"
until_ok 60 curl -fs "http://127.0.0.1:$operations/health/ready" || fail "/health/ready did not answer 200"
[[ $(curl -s "http://127.0.0.1:$operations/health/ready") == ready ]] || fail "/health/ready did not say so"
if ((EUID == 0)); then
  [[ $(awk '/^Uid:/ { print $2, $3 }' "/proc/$inner/status") == "$user $user" ]] || fail "it does not run as $user"
  [[ $(awk '/^CapEff:/ { print $2 }' "/proc/$inner/status") =~ ^0+$ ]] || fail "it has capabilities"
fi
[[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$api/v1/models") == 401 ]] || fail "the API did not ask for a key"
[[ -s $work/data/beast.db ]] || fail "no database in /data"
stop "the gateway"
files_of_image >"$work/after"
cmp -s "$work/before" "$work/after" || fail "the root changed: $(diff "$work/before" "$work/after" | head -n 5)"

say "refuses a data directory on the read-only root"
code=0
(run "${ports[@]}" Beast__DataDirectory=/app/data -- "${words[@]}") >"$work/out" 2>&1 || code=$?
((code == 2)) && grep -q 'The data directory /app/data cannot be' "$work/out" || fail "with /app/data it ended with $code, not 2"

say "the same image as a simulator"
start -- dotnet /app/BeastOrleans.Simulator.dll --urls "http://127.0.0.1:$api" --models llama-3
until_ok 30 curl -fs "http://127.0.0.1:$api/v1/models" || fail "the simulator did not answer"
stop "the simulator"

say "ok"
