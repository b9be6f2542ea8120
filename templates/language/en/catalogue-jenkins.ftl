# jenkins: names, fields, guidance, and what a check or a verification says of it.

type-jenkins = Jenkins Master
type-jenkins-help = A user of a Jenkins controller, for pipelines that start Jenkins jobs and wait for them.
field-jenkins-url = Jenkins URL
field-jenkins-url-help = The address of its start page, with the path if there is one, such as https://ci.example.com/jenkins/.
field-jenkins-username = User ID
field-jenkins-username-help = The ID that this user signs in with, which may differ from the full name.
field-jenkins-api_token = API token
field-jenkins-api_token-help = Made in Jenkins by that user; see how beside this form. Jenkins shows it once.

guidance-jenkins-1 = Use an API token rather than a password: it can be revoked on its own, does not open the web pages, and goes on working when the password changes. To make one:
guidance-jenkins-2 = Sign in to Jenkins as a user that was made for pipelines.
guidance-jenkins-3 = Click the user’s name at the top right → Security (in older versions: Configure) → API Token → Add new Token. The address ends with /me/security or /me/configure.
guidance-jenkins-4 = Name it “Voucher”, choose Generate, and copy it at once. It has 34 characters and starts with 11.
guidance-jenkins-5 = To start a job and follow it, the user needs Overall/Read, Job/Read and Job/Build, best on the folder of those jobs only; Job/Cancel if pipelines may stop it. An administrator is never needed.

check-jenkins-url = Please give the complete http or https address of the start page, without a username, query or fragment in it.
unusual-jenkins-page = This looks like a page inside of Jenkins. Tools need the address of its start page.
unusual-jenkins-api-token = API tokens have 34 hexadecimal digits and start with 11 (32 in old versions). If this is a password, please make an API token instead.

remark-jenkins-none = Something answered at this address, but not as Jenkins does. Check the path, and whether something in front of Jenkins asks to sign in.
remark-jenkins-another = Jenkins answered for another user than the one given here. Check the user ID.
remark-jenkins-open = This Jenkins lets everybody in without asking who they are, so whether it knows the token could not be seen.
