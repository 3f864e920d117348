#!/usr/bin/env bash
# Runs a fleet on Kubernetes, where kubectl stands, and ends as its merge ends:
#
#     contracts/fleets/kubernetes.sh FLEET.toml [PROFILE.toml...]
#
# with the profiles that the fleet names, by their bare names. Beforehand, once: the image (Dockerfile), and the keys, from a file, for
# a command line can be read by others:
#
#     kubectl create secret generic contract-keys --from-env-file=keys.env
set -euo pipefail
here=$(dirname "$0")

mistake() { echo "$1" >&2; exit 4; }

[ "$#" -gt 0 ] || mistake "name a fleet: $0 FLEET.toml [PROFILE.toml...]"
for file in "$@"; do [ -r "$file" ] || mistake "there is no file $file"; done

# A Job has ended when it is complete or has failed, and kubectl waits for one of both alone.
ended() {
    local state=""
    until grep -qwE "Complete|Failed" <<< "$state"; do
        kubectl wait --for=condition=complete --timeout=30s "job/$1" > /dev/null 2>&1 || true
        state=$(kubectl get job "$1" -o jsonpath='{.status.conditions[?(@.status=="True")].type}')
    done
}

# Two runs never meet: one that goes on is let end, clean-up included.
jobs=(kubectl get jobs --selector=app.kubernetes.io/name=error-contracts)
active=$("${jobs[@]}" -o jsonpath='{.items[*].status.active}') || mistake "kubectl reaches no cluster: kubectl cluster-info says more"
[ -z "$active" ] || mistake "a fleet still runs here: wait until it has ended (kubectl get jobs)"

run=$(date -u +%Y%m%dt%H%M%S)
files=(--from-file=fleet.toml="$1")
for file in "${@:2}"; do files+=(--from-file="$file"); done
kubectl delete job contract-shards contract-merge --ignore-not-found
kubectl create configmap contract-fleet --from-literal=run="$run" "${files[@]}" --dry-run=client -o yaml | kubectl apply -f -
kubectl apply -f "$here/kubernetes.yaml"

ended contract-shards
kubectl patch job contract-merge --patch '{"spec": {"suspend": false}}'
ended contract-merge

# The last one, should one have been lost.
pods=(kubectl get pods --selector=batch.kubernetes.io/job-name=contract-merge --sort-by=.metadata.creationTimestamp)
kubectl logs "$("${pods[@]}" -o jsonpath='{.items[-1:].metadata.name}')"
echo "report: on the volume of the claim contract-evidence, in $run/report"
status=$("${pods[@]}" -o jsonpath='{.items[-1:].status.containerStatuses[0].state.terminated.exitCode}')
exit "${status:-3}"
