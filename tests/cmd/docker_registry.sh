#!/usr/bin/env bash
# A Docker registry with a password: skopeo pushes and pulls with what Voucher delivers, and with a wrong password
# Voucher says that the registry refuses it, and skopeo fails for the same reason.
source "$(dirname "$0")/../support/scenario.sh"

cd "$scratch"
registry=127.0.0.1:$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# A colon, quotes and what JSON escapes: as the password of somebody who means it.
password='p@ss:"wörd"\1'
printf %s "$password" | htpasswd -Bin alice >htpasswd
cat >registry.yml <<END
version: 0.1
storage: {filesystem: {rootdirectory: $scratch/storage}}
http: {addr: '$registry'}
auth: {htpasswd: {realm: it, path: $scratch/htpasswd}}
END
beside registry docker-registry serve registry.yml
until_true "the registry to serve" curl --silent --output /dev/null "http://$registry/v2/"

# The smallest image there is: one empty layer.
"$PYTHON" - <<'END'
import hashlib, io, json, pathlib, tarfile
blobs = pathlib.Path("image/blobs/sha256")
blobs.mkdir(parents=True)
def blob(kind, data):
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}
layer = io.BytesIO()
tarfile.open(fileobj=layer, mode="w").close()
layer = blob("layer.v1.tar", layer.getvalue())
rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
config = blob("config.v1+json", json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}).encode())
manifest = blob("manifest.v1+json", json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode())
manifest["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
pathlib.Path("image/index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
pathlib.Path("image/oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
END
image=docker://$registry/team/app:1
push=(skopeo --insecure-policy copy --dest-tls-verify=false oci:image:latest "$image")
look=(skopeo inspect --tls-verify=false --format '{{.Name}}' "$image")

start_dev "$scratch/data"
store() { # TOKEN USERNAME PASSWORD [--verify]
  person store docker-registry "$1" "registry=http://$registry/" "username=$2" "password=$3" "${@:4}"
}
same "verify and save" saved "$(store images alice "$password" --verify)"
contains "the health" "$(person verify images)" "works as alice"

# The file by itself, and named to the tool by `exec`.
"$VOUCHER" resolve images --format docker-config --output auth.json
REGISTRY_AUTH_FILE=$scratch/auth.json "${push[@]}" >push.out 2>push.err || fail "skopeo cannot push: $(cat push.err)"
same "what skopeo sees" "$registry/team/app" \
  "$("$VOUCHER" exec --file REGISTRY_AUTH_FILE=images:docker-config -- "${look[@]}" 2>look.err)"

# What stands in the file is hidden where it is printed, though it reads nothing like the password.
pair=$(printf %s "alice:$password" | base64 -w0)
contains "the file" "$(cat auth.json)" "$pair"
printed=$("$VOUCHER" exec --file REGISTRY_AUTH_FILE=images:docker-config -- bash -c 'cat "$REGISTRY_AUTH_FILE"')
contains "what was printed" "$printed" '"auths"'
lacks "what was printed" "$printed" "$pair"

# As a credential helper: the runner keeps no login at all.
mkdir bin
ln -s "$(realpath "$VOUCHER")" bin/docker-credential-voucher
export PATH=$scratch/bin:$PATH VOUCHER_DOCKER_CREDENTIALS="elsewhere.example=images, $registry=images"
printf '{"credHelpers": {"%s": "voucher"}}' "$registry" >helper.json
with_helper() { REGISTRY_AUTH_FILE=$scratch/helper.json "${look[@]}"; }
same "what skopeo sees with the helper" "$registry/team/app" "$(with_helper 2>helper.err)"
helper() { # ACTION INPUT: the answer, and its exit code in $status
  status=0
  answered=$(printf %s "$2" | docker-credential-voucher "$1" 2>helper.err) || status=$?
}
helper get "https://$registry/v2/"
same "the login" "0 $registry alice $password" "$status $("$PYTHON" -c 'import json, sys
login = json.loads(sys.argv[1])
print(login["ServerURL"], login["Username"], login["Secret"])' "$answered")"
helper get nobody.example
same "a registry without a credential" "1 credentials not found in native keychain" "$status $answered"
helper get elsewhere.example
same "the exit code for another registry's credential" 4 "$status"
contains "another registry's credential" "$answered" "the credential images is for $registry"
lacks "another registry's credential" "$answered" p@ss
helper list ""
same "the registries" "0 {\"$registry\":\"\",\"elsewhere.example\":\"\"}" "$status $answered"
helper store '{"ServerURL":"x","Username":"u","Secret":"typed-secret"}'
same "the exit code of store" 4 "$status"
lacks "what store says" "$answered" typed-secret
VOUCHER_DOCKER_CREDENTIALS=$registry=gone helper get "$registry"
same "the exit code for an unknown token" 4 "$status"
contains "an unknown token" "$answered" not_found
if VOUCHER_DOCKER_CREDENTIALS=$registry=gone with_helper >refused.out 2>&1; then fail "skopeo got in without a credential"; fi
unset VOUCHER_DOCKER_CREDENTIALS

# A wrong password, and a user whom the registry does not know: it says the same of both.
for login in "alice wrong" "zoe p@ss"; do
  read -r username wrong <<<"$login"
  contains "the verdict on $username" "$(store "$username" "$username" "$wrong" --verify)" "Refused by the other system"
  same "saved all the same" saved "$(store "$username" "$username" "$wrong")"
  contains "the health of $username" "$(person verify "$username")" "Refused by the other system"
  if "$VOUCHER" exec --file "REGISTRY_AUTH_FILE=$username:docker-config" -- "${look[@]}" >refused.out 2>&1; then
    fail "skopeo got in as $username"
  fi
  grep -qiE 'unauthorized|authentication required|invalid username/password' refused.out ||
    fail "skopeo failed for another reason: $(cat refused.out)"
done
stop_dev
