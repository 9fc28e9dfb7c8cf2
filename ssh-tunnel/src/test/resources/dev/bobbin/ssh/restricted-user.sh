#!/bin/sh
# docs:begin restricted-user
# Makes a Linux user through whom Bobbin reaches one database, and who can do nothing else: no
# shell, no password, no other forwarding. Run it as root on the SSH server, with the user's name
# and the line that SshKeyPair.authorizedKeysLine(comment, host, port) gives:
#
#   sh restricted-user.sh etl 'restrict,port-forwarding,permitopen="db:5432" ssh-ed25519 AAAA… me'
#
# Running it again with another line adds that; with the same line it changes nothing.
set -eu

user=$1
line=$2

case $line in
  'restrict,port-forwarding,permitopen="'*'" '*) ;;
  *)
    echo 'The line does not begin with restrict,port-forwarding,permitopen="host:port"' >&2
    exit 2
    ;;
esac

if ! id "$user" >/dev/null 2>&1; then
  useradd --create-home --shell /usr/sbin/nologin "$user"
  # No password fits, yet the account is not locked: sshd without PAM refuses locked ones.
  usermod --password '*' "$user"
fi

home=$(getent passwd "$user" | cut -d: -f6)
keys=$home/.ssh/authorized_keys
umask 077
mkdir -p "$home/.ssh"
touch "$keys"
grep -qxF -e "$line" "$keys" || printf '%s\n' "$line" >>"$keys"
chmod 700 "$home/.ssh"
chmod 600 "$keys"
chown -R "$user:" "$home/.ssh"
# docs:end restricted-user
