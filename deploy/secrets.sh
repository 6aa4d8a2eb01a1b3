#!/usr/bin/env bash
# Makes the secrets of compose.yaml in deploy/secrets, once: what is there stays as it is.
# The directory is yours alone (0700); the files in it are readable by whoever gets there, since the gateways' user (1654) must
# read them where they are mounted.
set -euo pipefail
directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/${1:-secrets}
command -v openssl >/dev/null || { echo "secrets: openssl is missing" >&2; exit 1; }
umask 077
mkdir -p "$directory"
chmod 0700 "$directory"

# make NAME: standard input becomes the file, whole or not at all.
make() {
  if [[ -e $directory/$1 ]]; then cat >/dev/null; return; fi
  cat >"$directory/.$1.new"
  chmod 0444 "$directory/.$1.new"
  mv "$directory/.$1.new" "$directory/$1"
  echo "made $directory/$1"
}

openssl rand -hex 24 | tr -d '\n' | make postgres-password
openssl rand -hex 24 | tr -d '\n' | make grafana-password
# Lost, and every sealed provider key must be entered again: keep a copy elsewhere.
printf '{"current":"k1","keys":{"k1":"%s"}}\n' "$(openssl rand -base64 32)" | make master-keys.json
password=$(cat "$directory/postgres-password")
admin=$(openssl rand -hex 32)
printf '{"ConnectionStrings":{"Beast":"Host=postgres;Database=beast;Username=beast;Password=%s"},"Beast":{"AdminKey":"%s"}}\n' "$password" "$admin" | make appsettings.json

echo "The admin key: jq -r .Beast.AdminKey $directory/appsettings.json"
