"""Does with a recipe of the console what the system would do that it is written for.

    recipe.py RECIPES NAME [VARIABLE=VALUE]...

RECIPES is a JSON object of texts by name. The variables are those that a runner or its CI system has besides; the rest
of the environment is the caller's. Ends with the status of the first command that fails. `audience-of` as the first
variable's name is no variable: it only prints the audience that a GitLab job asks its token for.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import yaml


def shell(text, variables):
    done = subprocess.run(["bash", "-e", "-c", text], env=os.environ | variables)
    if done.returncode:
        sys.exit(done.returncode)


def gitlab(text, given):
    job = yaml.safe_load(text)["deploy"]
    for line in job["script"]:
        shell(line, job["variables"] | given)


def github(text, given):
    job = yaml.safe_load(text)["jobs"]["deploy"]
    assert job["permissions"]["id-token"] == "write", job
    for step in job["steps"]:
        if "run" in step:
            shell(step["run"], job["env"] | given)


def jenkins(text, given):
    url = re.search(r"environment \{ VOUCHER_URL = '([^']*)' \}", text).group(1)
    for command in re.findall(r"\bsh '([^']*)'", text):
        shell(command, {"VOUCHER_URL": url} | given)


def systemd(text, given):
    """Specifiers are replaced and credentials loaded as systemd.exec(5) says; paths are below the working directory."""
    loaded = re.search(r"^LoadCredential=([^:]*):(.*)$", text, re.M)
    credentials = pathlib.Path("credentials")
    credentials.mkdir()
    (credentials / loaded.group(1)).write_text(given["KEY"])
    variables = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.*)$", text, re.M))
    variables = {name: value.replace("%d", str(credentials)) for name, value in variables.items()}
    command = re.search(r"^ExecStart=(.*)$", text, re.M).group(1).split()
    done = subprocess.run([part.replace("/usr/local/", "") for part in command], env=os.environ | variables)
    sys.exit(done.returncode)


def main():
    recipes, name, *given = sys.argv[1:]
    text = json.loads(pathlib.Path(recipes).read_text())[f"recipe-{name}"]
    if given[:1] == ["audience-of"]:
        print(yaml.safe_load(text)["deploy"]["id_tokens"]["VOUCHER_ID_TOKEN"]["aud"])
        return
    given = dict(variable.split("=", 1) for variable in given)
    {"gitlab": gitlab, "github": github, "jenkins": jenkins, "systemd": systemd}.get(name, shell)(text, given)


main()
