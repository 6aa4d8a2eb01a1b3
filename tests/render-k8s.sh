#!/usr/bin/env bash
# Renders the overlays to k8s/rendered, where the tests read them and people may.
#   tests/render-k8s.sh          writes them
#   tests/render-k8s.sh --check  fails where what is there is not what the overlays give
# Needs a kubectl of 1.21 or newer (components); Debian 12 has none, so machines without one only check what is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v kubectl >/dev/null || { echo "render-k8s: no kubectl here, the renderings are taken as they are" >&2; exit 0; }
status=0
for overlay in k8s/overlays/*/; do
  name=$(basename "$overlay")
  rendered=$(echo "# Made by kubectl kustomize k8s/overlays/$name (tests/render-k8s.sh): change it there."; kubectl kustomize "$overlay")
  if [[ "${1:-}" == --check ]]; then
    diff -u "k8s/rendered/$name.yaml" <(echo "$rendered") || { echo "render-k8s: k8s/rendered/$name.yaml is stale" >&2; status=1; }
  else
    echo "$rendered" >"k8s/rendered/$name.yaml"
  fi
done
exit $status
