#!/bin/sh
# Builds kube-apiserver, kube-controller-manager and kube-scheduler from their Go modules into the folder where
# `npm run test:kubernetes` looks for them. Needs Go 1.26 or newer, about 10 minutes of two cores and 3 GB of disk.
# Beside them, `etcd` has to be on the PATH (Debian: etcd-server).
set -eu
version=1.36.3
staging=0.36.3
out=${FORESCALE_KUBERNETES_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/forescale/kubernetes}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{
  printf 'module binaries\ngo 1.26.0\nrequire k8s.io/kubernetes v%s\nreplace (\n' "$version"
  for module in api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap \
    code-generator component-base component-helpers controller-manager cri-api cri-client cri-streaming csi-translation-lib \
    dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler \
    kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver streaming; do
    echo "k8s.io/$module => k8s.io/$module v$staging"
  done
  echo ')'
} > go.mod
cat > main.go <<'GO'
package main

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver/app"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	_ "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {}
GO
export CGO_ENABLED=0 GOFLAGS=-mod=mod
go mod tidy -e
mkdir -p "$out"
go build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/client-go/pkg/version.gitVersion=v$version" \
  -o "$out/" k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-controller-manager k8s.io/kubernetes/cmd/kube-scheduler
echo "$out"
