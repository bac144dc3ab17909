#!/usr/bin/env bash
# A Slurm of one node with two CPUs, as root and without systemd or accounting.
# Usage: one_node.sh start|stop FOLDER, which holds its configuration, state and logs.
set -euo pipefail

folder=$2
# Elsewhere it would not be found within a job, where the plug-in drops SLURM_CONF.
found_at=/etc/slurm/slurm.conf

configure() {
  local host memory
  if [ -e "$found_at" ]; then
    echo "$found_at is there: this machine has a Slurm of its own" >&2
    return 1
  fi
  host=$(hostname -s)
  memory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
  mkdir -p "$folder/state" "$folder/spool" "$folder/logs"
  cat > "$folder/slurm.conf" <<END
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmdSpoolDir=$folder/spool
StateSaveLocation=$folder/state
SlurmctldLogFile=$folder/logs/slurmctld.log
SlurmdLogFile=$folder/logs/slurmd.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000
# Without accounting, what jobs asked for is known for as long as the controller remembers them.
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MinJobAge=86400
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=500
END
  mkdir -p "$(dirname "$found_at")"
  ln -s "$folder/slurm.conf" "$found_at"
}

start_munge() {
  pidof munged > /dev/null && return
  install -d -o munge -g munge -m 0755 /run/munge
  install -d -o munge -g munge -m 0700 /etc/munge /var/lib/munge /var/log/munge
  if [ ! -s /etc/munge/munge.key ]; then
    dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 status=none
    chown munge:munge /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
  fi
  runuser -u munge -- munged --pid-file="/run/munge/munged.pid"
  touch "$folder/own_munge"
}

start() {
  mkdir -p "$folder"
  configure
  start_munge
  slurmctld
  slurmd
  for _ in $(seq 60); do
    sinfo --noheader --format %t 2> /dev/null | grep --quiet idle && return
    sleep 0.5
  done
  tail --lines=5 "$folder"/logs/* >&2
  return 1
}

stop() {
  [ "$(readlink "$found_at")" = "$folder/slurm.conf" ] && rm "$found_at"
  for daemon in slurmd slurmctld; do
    [ -s "$folder/$daemon.pid" ] && kill "$(< "$folder/$daemon.pid")" || true
  done
  if [ -e "$folder/own_munge" ]; then
    kill "$(< /run/munge/munged.pid)" || true
  fi
}

"$1"
