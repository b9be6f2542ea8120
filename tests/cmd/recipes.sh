#!/usr/bin/env bash
# What the page of a credential offers to copy works as it is pasted: with the runner's key or its CI system's token
# beside it, and with whatever the pipeline calls. Tools that are told what to do by a file say what they found in it.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
cd "$scratch"
key=$VOUCHER_ACCESS_KEY
unset VOUCHER_ACCESS_KEY VOUCHER_URL
mkdir bin
ln -s "$VOUCHER" bin/voucher
PATH=$scratch/bin:$PATH
tool() { # NAME: a program that says its name, its arguments and what it is given; the commands to say it are on stdin
  { printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n' "$1" "$scratch"; cat; } >"bin/$1"
  chmod +x "bin/$1"
}
# shellcheck disable=SC2016 # their variables
{
  tool kubectl <<<'cat "$KUBECONFIG" >>"$0.found"'
  tool helm <<<'cat "$KUBECONFIG" >>"$0.found"'
  tool docker <<<'cat "$DOCKER_CONFIG/config.json" >>"$0.found"'
  tool mvn <<<'cat "$2" >>"$0.found"'
  tool app <<<'env >>"$0.found"; cat "$KUBECONFIG" >>"$0.found"'
}
# shellcheck disable=SC2016
printf '#!/bin/sh\necho deployed >>calls\nenv\n[ -z "$KUBECONFIG" ] || cat "$KUBECONFIG" >>deployed.found\n' >deploy.sh
chmod +x deploy.sh
as_pasted() { # RECIPE [VARIABLE=VALUE]…
  : >calls
  "$PYTHON" "$here/recipe.py" recipes.json "$@" >pasted.out 2>pasted.err || fail "$1 as pasted: $(cat pasted.err)"
}
calls() { # RECIPE EXPECTED
  same "the calls of $1" "$2" "$(paste -sd, calls)"
}

person recipes "$(ready tokens kubernetes)" >recipes.json
as_pasted exec "VOUCHER_ACCESS_KEY=$key"
calls exec deployed
as_pasted kubectl "VOUCHER_ACCESS_KEY=$key"
calls kubectl "kubectl apply -f deployment.yaml"
as_pasted helm "VOUCHER_ACCESS_KEY=$key"
calls helm "helm upgrade --install app ./chart"
as_pasted curl "VOUCHER_ACCESS_KEY=$key"
for found in bin/kubectl.found bin/helm.found deployed.found pasted.out; do
  contains "$found" "$(cat "$found")" "kind: Config"
done

ci=https://gitlab.example.com
"$PYTHON" "$here/ci.py" keys . >jwks.json
trusted=$(person trust "$ci" jwks.json 42 Storefront)
audience=$("$PYTHON" "$here/recipe.py" recipes.json gitlab audience-of)
same "the audience of the recipe" "$trusted" "$audience"
as_pasted gitlab "VOUCHER_ID_TOKEN=$("$PYTHON" "$here/ci.py" token . "$ci" "$audience")"
calls gitlab deployed
beside system "$PYTHON" "$here/ci.py" serve . "$ci" a-job
until_true "the CI system" test -s system.out
as_pasted github "ACTIONS_ID_TOKEN_REQUEST_URL=$(cat system.out)" ACTIONS_ID_TOKEN_REQUEST_TOKEN=a-job
calls github deployed
as_pasted jenkins "VOUCHER_ACCESS_KEY=$key"
calls jenkins deployed
as_pasted systemd "KEY=$key"
calls systemd "app "

person recipes "$(ready tokens alibaba-cloud)" >recipes.json
as_pasted exec "VOUCHER_ACCESS_KEY=$key"
contains "what deploy.sh is given" "$(cat pasted.out)" ALIBABA_CLOUD_ACCESS_KEY_ID=
as_pasted curl "VOUCHER_ACCESS_KEY=$key"
contains "what curl brings" "$(cat pasted.out)" access_key

person recipes "$(ready tokens docker-registry)" >recipes.json
as_pasted docker "VOUCHER_ACCESS_KEY=$key" IMAGE=registry.example.com/app:1
calls docker "docker build --tag registry.example.com/app:1 .,docker push registry.example.com/app:1"
contains "what docker is given" "$(cat bin/docker.found)" '"auths"'

person recipes "$(ready tokens maven-settings)" >recipes.json
as_pasted maven "VOUCHER_ACCESS_KEY=$key"
contains "what mvn is given" "$(cat bin/mvn.found)" "<settings"
