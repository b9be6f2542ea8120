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

# As the answer of a credential helper.
mkdir bin
cat >bin/docker-credential-it <<'END'
#!/usr/bin/env bash
read -r server
[ "$1 $server" = "get $IT_REGISTRY" ] || { printf 'credentials not found in native keychain'; exit 1; }
exec "$VOUCHER" resolve images --format docker-credential
END
chmod +x bin/docker-credential-it
printf '{"credHelpers": {"%s": "it"}}' "$registry" >helper.json
same "what skopeo sees with a helper" "$registry/team/app" \
  "$(export VOUCHER PATH=$scratch/bin:$PATH IT_REGISTRY=$registry REGISTRY_AUTH_FILE=$scratch/helper.json; "${look[@]}" 2>helper.err)"

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
