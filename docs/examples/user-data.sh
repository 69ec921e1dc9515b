#!/bin/sh
# Runs once, when an instance starts. $${var.port} is replaced before that; ${HOME} and its like are
# left to the shell.
set -eu

release_dir="${SHOP_HOME:-/opt/shop}/releases"
mkdir -p "${release_dir}"
cat >/etc/shop.env <<SETTINGS
SHOP_ENVIRONMENT=${env.name}
SHOP_PORT=${var.port}
SHOP_LOG_LEVEL=${var.log_level}
SHOP_GREETING=Grüß Gott
SETTINGS
instance_id=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)
echo "${instance_id%%-*} starts ${app.name}/${service.name}" >>"${release_dir}/started.log"
exec systemctl start shop-web
