#!/usr/bin/env bash
# A cluster that demands a client certificate, and one that knows users by token: kubectl gets in with the kubeconfig that
# Voucher delivers, and with a certificate of another authority or a wrong token Voucher says that the cluster refuses
# it, and kubectl fails for the same reason.
source "$(dirname "$0")/../support/scenario.sh"

cd "$scratch"
# What kubectl finds out about a cluster it would keep at home.
export HOME=$scratch
unset KUBECONFIG

authority() { # NAME
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem"
}
certificate() { # NAME AUTHORITY SUBJECT EXTENSION
  openssl req -newkey rsa:2048 -nodes -subj "$3" -keyout "$1.key" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 1 -extfile <(echo "$4") -out "$1.pem"
}
{
  authority servers; authority users; authority strangers
  certificate server servers /CN=server "subjectAltName=IP:127.0.0.1"
  certificate jane users /O=web/CN=jane "extendedKeyUsage=clientAuth"
  certificate mallory strangers /O=web/CN=jane "extendedKeyUsage=clientAuth"
} >openssl.out 2>openssl.err
cat server.pem server.key >server-and-key.pem

beside demanding "$PYTHON" "$here/cluster.py" demanding.port server-and-key.pem users.pem
beside by_token "$PYTHON" "$here/cluster.py" by_token.port server-and-key.pem users.pem good-token=system:serviceaccount:web:deployer
until_true "the clusters to serve" test -s demanding.port -a -s by_token.port
demanding=https://127.0.0.1:$(cat demanding.port)
by_token=https://127.0.0.1:$(cat by_token.port)

start_dev "$scratch/data"
pods=(kubectl get pods --output name)
sees_pods() { # TOKEN
  same "the pods that kubectl sees with $1" "pod/web-1 pod/web-2" \
    "$("$VOUCHER" exec --file "KUBECONFIG=$1:kubeconfig" -- "${pods[@]}" 2>"$1.err" | xargs)"
}
sees_none() { # TOKEN WHY
  if "$VOUCHER" exec --file "KUBECONFIG=$1:kubeconfig" -- "${pods[@]}" >"$1.out" 2>&1; then
    fail "kubectl got in with $1"
  fi
  grep -qiE "$2" "$1.out" || fail "kubectl failed with $1 for another reason: $(cat "$1.out")"
}

# A certificate, as parts and inside of a kubeconfig.
by_certificate() { # TOKEN NAME [--verify]
  person store kubernetes "$1" --variant certificate "server=$demanding" certificate_authority=@servers.pem \
    "client_certificate=@$2.pem" "client_key=@$2.key" namespace=web "${@:3}"
}
whole() { # TOKEN NAME [--verify]
  cat >"$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: c, cluster: {server: "$demanding", certificate-authority-data: $(base64 -w0 servers.pem)}}]
users: [{name: u, user: {client-certificate-data: $(base64 -w0 "$2.pem"), client-key-data: $(base64 -w0 "$2.key")}}]
contexts: [{name: here, context: {cluster: c, user: u, namespace: web}}]
YAML
  person store kubernetes "$1" --variant kubeconfig "kubeconfig=@$1.kubeconfig" "${@:3}"
}
for make in by_certificate whole; do
  same "verify and save ($make)" saved "$($make "$make-jane" jane --verify)"
  contains "the health" "$(person verify "$make-jane")" "works as jane @ $demanding"
  sees_pods "$make-jane"
  contains "the verdict on a foreign certificate" "$($make "$make-mallory" mallory --verify)" "Refused by the other system"
  same "saved all the same" saved "$($make "$make-mallory" mallory)"
  contains "its health" "$(person verify "$make-mallory")" "Refused by the other system"
  sees_none "$make-mallory" "tls: .*(unknown|bad) certificate|certificate required"
done
"$VOUCHER" resolve whole-jane --format kubeconfig --output delivered.kubeconfig
cmp whole-jane.kubeconfig delivered.kubeconfig || fail "the kubeconfig was changed"
same "the pods that kubectl sees by itself" "pod/web-1 pod/web-2" "$(kubectl --kubeconfig delivered.kubeconfig get pods -o name | xargs)"

# A token, where the certificate is the server's only.
with_token() { # TOKEN SECRET [--verify]
  person store kubernetes "$1" --variant token "server=$by_token" certificate_authority=@servers.pem "token=$2" \
    namespace=web "${@:3}"
}
same "verify and save with a token" saved "$(with_token robot good-token --verify)"
contains "the health" "$(person verify robot)" "works as system:serviceaccount:web:deployer @ $by_token"
sees_pods robot
contains "the verdict on a wrong token" "$(with_token wrong bad-token --verify)" "Refused by the other system"
same "saved all the same" saved "$(with_token wrong bad-token)"
sees_none wrong "logged in to the server|unauthorized"

# As kubectl's plugin: the kubeconfig holds no secret, and what is rotated is used at once.
plugin() { # TOKEN SERVER
  cat >plugin.kubeconfig <<YAML
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: c, cluster: {server: "$2", certificate-authority-data: $(base64 -w0 servers.pem)}}]
users:
- name: voucher
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: $(realpath "$VOUCHER")
      args: [kube-credential, $1]
      provideClusterInfo: true
      interactiveMode: Never
contexts: [{name: here, context: {cluster: c, user: voucher, namespace: web}}]
YAML
  kubectl --kubeconfig plugin.kubeconfig get pods --output name 2>plugin.err | xargs
}
same "the pods that kubectl sees by plugin with a token" "pod/web-1 pod/web-2" "$(plugin robot "$by_token")"
for make in by_certificate whole; do
  same "the pods that kubectl sees by plugin ($make)" "pod/web-1 pod/web-2" "$(plugin "$make-jane" "$demanding")"
done
same "the pods of a cluster that the credential is not for" "" "$(plugin robot "$demanding" || true)"
contains "why" "$(cat plugin.err)" "the credential is for $by_token, not for $demanding"
same "the pods with a wrong token" "" "$(plugin wrong "$by_token" || true)"
grep -qiE "logged in to the server|unauthorized" plugin.err || fail "kubectl failed for another reason: $(cat plugin.err)"
by_hand=$("$VOUCHER" kube-credential robot)
contains "what is printed by hand" "$by_hand" '"token":"good-token"'
KUBERNETES_EXEC_INFO='{"apiVersion":"client.authentication.k8s.io/v0","kind":"ExecCredential"}' refused 3 "$VOUCHER" kube-credential robot
refused 4 "$VOUCHER" kube-credential nobody

# A server that somebody else vouches for is not told anything.
mv servers.pem kept.pem
cp strangers.pem servers.pem
contains "the verdict on a foreign server" "$(with_token foreign good-token --verify)" "certificate"
stop_dev
