#!/usr/bin/env bash
# A repository that demands a password: mvn finds its parent pom with the settings that Voucher delivers, from servers
# that were typed in and from a whole file; with a wrong password Voucher says that the repository refuses it, and mvn
# fails for the same reason. What no settings file can carry is not delivered as one.
source "$(dirname "$0")/../support/scenario.sh"

cd "$scratch"
# What XML escapes, what shells and Maven could replace, and what is not ASCII.
password='s3cr&t<x>"é'"'"'\$HOME %{brace}'
beside repository "$PYTHON" "$here/repository.py" repository.port deployer "$password"
until_true "the repository to serve" test -s repository.port
repository=http://127.0.0.1:$(cat repository.port)

project() { # DIRECTORY VERSION-OF-THE-PARENT
  mkdir "$1"
  cat >"$1/pom.xml" <<END_OF_POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <parent><groupId>com.example</groupId><artifactId>parent</artifactId><version>$2</version><relativePath/></parent>
  <artifactId>child</artifactId>
  <packaging>pom</packaging>
</project>
END_OF_POM
}
project released 1
project snapshot 2-SNAPSHOT

# The parent is all that mvn asks for here, so that Maven Central is not needed; a failure is remembered in the local
# repository, so each run has its own.
runs=0
builds() { # TOKEN PROJECT
  runs=$((runs + 1))
  "$VOUCHER" exec --file "MAVEN_SETTINGS=$1:maven-settings" -- bash -c \
    'mvn --batch-mode --quiet --settings "$MAVEN_SETTINGS" -Dmaven.repo.local="$0" --file "$1/pom.xml" validate' \
    "$scratch/local-$runs" "$2" >mvn.out 2>&1
}
refused_by_maven() { # TOKEN PROJECT
  if builds "$@"; then fail "mvn built $2 with $1"; fi
  grep -q 'status: 401 Unauthorized\|Not authorized\|authentication failed' mvn.out ||
    fail "mvn failed with $1 for another reason: $(cat mvn.out)"
  lacks "what mvn said" "$(cat mvn.out)" "$password"
}

start_dev "$scratch/data"
servers() { # TOKEN FIRST-PASSWORD SECOND-PASSWORD [--verify]
  person store maven-settings "$1" --variant servers "${@:4}" \
    server_1_id=releases server_1_username=deployer "server_1_password=$2" "server_1_release_url=$repository/releases/" \
    server_2_id=snapshots server_2_username=deployer "server_2_password=$3" "server_2_snapshot_url=$repository/snapshots/"
}
same "verify and save" saved "$(servers both "$password" "$password" --verify)"
contains "the health" "$(person verify both)" "works as deployer @ $repository"
builds both released || fail "mvn does not find the release: $(cat mvn.out)"
builds both snapshot || fail "mvn does not find the snapshot: $(cat mvn.out)"

# One of two passwords is wrong: that is said of it, and of it alone.
said=$(servers half "$password" wrong --verify)
contains "the verdict on the second password" "$said" "Refused by the other system"
contains "the verdict on the second password" "$said" "This is about server 2."
same "saved all the same" saved "$(servers half "$password" wrong)"
contains "its health" "$(person verify half)" "Refused by the other system"
builds half released || fail "mvn does not find the release: $(cat mvn.out)"
refused_by_maven half snapshot

# One login with two repositories of its own.
same "verify and save one login" saved "$(person store maven-settings one --variant servers --verify server_1_id=nexus \
  server_1_username=deployer "server_1_password=$password" \
  "server_1_release_url=$repository/releases" "server_1_snapshot_url=$repository/snapshots")"
builds one released || fail "mvn does not find the release: $(cat mvn.out)"
builds one snapshot || fail "mvn does not find the snapshot: $(cat mvn.out)"

# A whole file, in which a mirror stands for everything. It comes back to the byte.
whole() { # TOKEN PASSWORD-IN-XML [--verify]
  cat >"$1.xml" <<END_OF_SETTINGS
<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
  <servers><server><id>nexus</id><username>deployer</username><password>$2</password></server></servers>
  <mirrors><mirror><id>nexus</id><mirrorOf>*</mirrorOf><url>$repository/releases</url></mirror></mirrors>
</settings>
END_OF_SETTINGS
  person store maven-settings "$1" --variant settings "settings=@$1.xml" "${@:3}"
}
in_xml='s3cr&amp;t&lt;x&gt;"é'"'"'\$HOME %{brace}'
same "verify and save a file" saved "$(whole file "$in_xml" --verify)"
"$VOUCHER" resolve file --format maven-settings --output delivered.xml
cmp file.xml delivered.xml || fail "the file was changed"
builds file released || fail "mvn does not find the release: $(cat mvn.out)"
contains "the verdict on a wrong password" "$(whole wrong nope --verify)" "Refused by the other system"
same "saved all the same" saved "$(whole wrong nope)"
refused_by_maven wrong released

# In a log neither the password nor how it stands in the file is seen.
printed=$("$VOUCHER" exec --file MAVEN_SETTINGS=both -- bash -c 'cat "$MAVEN_SETTINGS"')
contains "what was printed" "$printed" "<id>releases</id>"
lacks "what was printed" "$printed" 's3cr&amp;t'
same "a whole file that is printed" "" "$("$VOUCHER" exec --file MAVEN_SETTINGS=file -- bash -c 'cat "$MAVEN_SETTINGS"' | grep -i s3cr || true)"

# Maven would put something else in its place, so nobody gets a file with it.
same "a password that no file can carry" saved "$(servers never 'a${user.home}b' x)"
refused 4 "$VOUCHER" resolve never --format maven-settings
refused 4 "$VOUCHER" exec --file MAVEN_SETTINGS=never -- touch "$scratch/ran"
contains "why" "$said" 'ask for `fields`'
[ ! -e "$scratch/ran" ] || fail "the command ran without its file"
contains "the fields" "$("$VOUCHER" resolve never --format fields)" 'a${user.home}b'
stop_dev
