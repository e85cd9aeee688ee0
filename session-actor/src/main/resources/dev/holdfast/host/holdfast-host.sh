#!/bin/sh
# Holdfast's target host, protocol 1. The contract is session-actor/docs/target-host.md.
#
# One file, five roles. Each process runs exactly one of them:
#
#   node ==stdin==> attach --ctl FIFO--> SUPERVISOR --q FIFO--> worker   (the session's shell)
#   node <=stdout== pump <--link FIFO------'  ^-----ctl FIFO------' '- keeper waits for it
#
#   worker      section 1; user land: the jobs run inside this shell, so it defines no function and trusts no name
#   attach      section 5; one per link: checks what the node says, forwards it, lives and dies with its stdin
#   pump        section 5; the attach's child that alone writes to the link
#   supervisor  section 6; single writer of the session's directory; arbiter of epochs and tickets; never blocks
#   reaper etc. section 7; short-lived children of the supervisor that wait, so that it need not
#
# House rules. Variables begin with `_`, so that no exported variable of the account is changed under its jobs; there is
# no `local` in POSIX. Builtins only on the way of a job: a fork costs more than the rest of it. A FIFO is opened
# read-write for one message (`1<>`): that never blocks, whoever is gone. A message is one line of less than 512 bytes
# (PIPE_BUF), so it is written whole or not at all.
#
# shellcheck disable=SC2016,SC2064  # text is evaluated later on purpose: the worker's loop and traps
# shellcheck disable=SC2034,SC2086  # read splits into more fields than each place needs; a line unquoted is its fields
# shellcheck disable=SC2015       # A && B || C: B is a test too, or C leaves
# shellcheck disable=SC1090,SC1091  # jobs are sourced; they come at run time

# ---------------------------------------------------------------------------------------------------------------------
# 1. The worker: host.sh work DIR GENERATION
#
# Stands first, and leaves before any function below is defined: the names in this shell belong to its user.
# The supervisor's line on the q FIFO is `TURN STDIN SCRIPT JOB`. A job may redefine commands, options, IFS, PATH, traps
# and descriptors; what the loop needs it takes by `command`, by absolute path, or sets again.

if [ "${1-}" = work ]; then
  _hf_dir=$2
  _hf_gen=$3
  _hf_job=
  _hf_rc=
  _hf_copy=no
  _hf_last=no
  _hf_pid=$$
  _hf_mv=$(command -v mv)
  _hf_loop=$(sed -n '/^  # WORKER LOOP$/,/^  # END WORKER LOOP$/p' "$0")

  # Shell options are a job's own. What cannot be unset here does not exist here.
  _hf_options='set +aefuvxC'
  if [ -n "${BASH_VERSION-}" ]; then _hf_options='set +aefuvxCkEPT'; fi
  # shellcheck disable=SC3040 # asks whether this shell has it
  if (set +o pipefail) 2>/dev/null; then _hf_options="$_hf_options; set +o pipefail"; fi

  # A shell that ends inside a job (exit, set -e, a syntax error, a cancel) leaves through its EXIT trap. dash and bash
  # go on from there in a forked copy that has all of the state; the dead shell waits for its copy and hands its status
  # to the keeper. Others put the exit code on record and leave: the next job finds a new generation. A shell that ends outside a job must
  # not be copied, or a broken one would fork for ever.
  case $(readlink "/proc/$$/exe") in
    */dash | */bash) _hf_keeps=yes ;;
    *) _hf_keeps=no ;;
  esac
  _hf_left='{ _hf_rc=${_hf_rc:-$?}; eval "$_hf_options"; } 2>/dev/null
    exec </dev/null >/dev/null 2>&1
    case $_hf_job in "") exit "$_hf_rc" ;; esac
    case $_hf_keeps in
      yes)
        trap >"$_hf_dir/traps"
        trap "" TERM
        command echo "$_hf_job" >"$_hf_dir/copy"
        ( _hf_copy=yes; eval "$_hf_open"; eval "$_hf_loop" )
        exit $?
        ;;
    esac
    _hf_last=yes
    eval "$_hf_loop"'

  # Read-only, so that the end of the supervisor is the end of the file; through a read-write descriptor, so that the
  # open does not wait for a supervisor that is gone.
  _hf_open='exec 8<>"$_hf_dir/q.$_hf_gen" 9<"$_hf_dir/q.$_hf_gen" 8<&-'
  eval "$_hf_open"

  umask "$4"
  cd "${HOME:-/}" 2>/dev/null || cd /
  if [ -e "$_hf_dir/start" ]; then
    command echo "- - setting $_hf_gen $$" 1<>"$_hf_dir/ctl"
    set --
    . "$_hf_dir/start" 9<&-
    _hf_rc=$?
    case $_hf_rc in 0) ;; *) exit "$_hf_rc" ;; esac
    _hf_rc=
  fi
  command echo "- - up $_hf_gen $$" 1<>"$_hf_dir/ctl"
  eval "$_hf_loop"
  exit 0
fi

# Evaluated by the worker, at the top level of its shell: in a function, `declare` in a job would be local.
if false; then
  # WORKER LOOP
  while :; do
    trap - EXIT
    trap "" TERM
    eval "$_hf_options"

    # A copy says which process it is before anything else, lest it be taken for one that the job has left behind.
    case $_hf_copy in
      yes)
        IFS="" command read -r _hf_line </proc/self/stat
        _hf_pid=${_hf_line%% *}
        command echo "$_hf_job $_hf_pid" >"$_hf_dir/copy"
        ;;
    esac

    # A job has just ended: by its last line, by `continue`, or in the shell that this one is a copy of.
    case $_hf_job in
      ?*)
        _hf_rc=${_hf_rc:-0}
        for _hf_try in first second; do
          command echo "$_hf_rc $_hf_gen ." >"$_hf_j.rc.new"
          _hf_line=
          IFS="" command read -r _hf_line <"$_hf_j.rc.new"
          case $_hf_line in "$_hf_rc $_hf_gen .") break ;; esac
          _hf_line=
          command true >"$_hf_dir/reserve" # the disk is full: this is what the reserve is for
        done
        _hf_news=
        case $_hf_copy in
          yes)
            _hf_copy=no
            _hf_news=" $_hf_pid"
            . "$_hf_dir/traps"
            trap - EXIT
            trap "" TERM
            ;;
        esac
        # What is whole in rc.new is on record. So it is told at once, and gets its name while others talk about it.
        case $_hf_last in no) command echo "- - ended $_hf_gen $_hf_turn $_hf_rc$_hf_news" 1<>"$_hf_dir/ctl" ;; esac
        case $_hf_line in ?*) "$_hf_mv" -f "$_hf_j.rc.new" "$_hf_j.rc" 2>/dev/null ;; esac
        _hf_job=
        case $_hf_last in yes) exit "$_hf_rc" ;; esac # the keeper tells
        ;;
    esac

    # The end of the file means that the supervisor is gone; a signal can look like it, so ask (but not for ever).
    _hf_line=
    _hf_try=0
    until IFS="" command read -r _hf_line <&9; do
      _hf_try=$((_hf_try + 1))
      case $_hf_try in 1000) exit 0 ;; esac
      command kill -0 "$PPID" || exit 0
    done

    _hf_turn=${_hf_line%% *}
    _hf_line=${_hf_line#* }
    _hf_in=${_hf_line%% *}
    _hf_line=${_hf_line#* }
    _hf_script=${_hf_line%% *}
    _hf_line=${_hf_line#* }
    _hf_j=$_hf_dir/j/$_hf_line
    case $_hf_in in null) _hf_in=/dev/null ;; *) _hf_in=$_hf_j.in ;; esac
    export HOLDFAST_JOB="$_hf_line"
    # Until here a dead shell proves that the job was not begun: it may be handed to the next generation.
    command echo begun >"$_hf_j.rc.new"
    _hf_rc=
    _hf_job=$_hf_line
    set --
    trap "$_hf_left" EXIT
    trap "exit 143" TERM
    . "$_hf_j.$_hf_script" <"$_hf_in" >>"$_hf_j.out" 2>>"$_hf_j.err" 9<&-
    _hf_rc=$?
  done
  # `break` in a job has ended the loop. With the EXIT trap in force this goes on in a copy.
  exit 0
  # END WORKER LOOP
fi

# ---------------------------------------------------------------------------------------------------------------------
# 2. Words

# The jobs get the locale and the umask of the account; the host itself reads texts of programs and hides its files.
if [ -n "${LC_ALL+set}" ]; then _locale=$LC_ALL; else unset _locale; fi
export LC_ALL=C
unset _nonce # else, if the account exports one of that name, ours would be exported too

# echo interprets backslashes in some shells, and printf is a program in others.
if [ -n "${KSH_VERSION-}" ]; then
  say() { print -r -- "$1"; }
else
  say() { printf '%s\n' "$1"; }
fi

is_id() {
  case $1 in
    '' | [.-]* | *[!A-Za-z0-9._-]*) return 1 ;;
  esac
  [ ${#1} -le 80 ]
}

is_number() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
  esac
  [ ${#1} -le 15 ]
}

has() { command -v "$1" >/dev/null 2>&1; }

# The boot id in _boot.
read_boot() {
  _boot=
  read -r _boot 2>/dev/null <"${HOLDFAST_BOOT_ID_FILE:-/proc/sys/kernel/random/boot_id}"
  is_id "$_boot" || _boot=unknown
}

# The fields of /proc/PID/stat from the third on in _stat. The name before them may hold anything, a newline too.
read_stat() {
  _stat=
  while IFS= read -r _line || [ -n "$_line" ]; do
    _stat="$_stat $_line"
  done 2>/dev/null <"/proc/$1/stat"
  _stat=${_stat##*) }
  [ -n "$_stat" ]
}

# The start time of process $1 in _start; fails for a zombie: it can do no more harm and no more good.
start_of() {
  read_stat "$1" 2>/dev/null || return 1
  pick_start $_stat # unquoted: fields
}
pick_start() {
  case $1 in Z | X) return 1 ;; esac
  shift 19
  _start=$1
}

# Is process $1, started at $2, still there? A process that only got its number is another one.
alive() {
  is_number "$1" && start_of "$1" && [ "$_start" = "$2" ]
}

# Ticks since the boot in _now: the clock of process start times.
read_clock() {
  read -r _now _line </proc/uptime
  _now=${_now%.*}${_now#*.}
}

# Why did a command fail that said $1? As a kind of the protocol.
kind_of() {
  case $1 in
    *'No space'* | *uota*) say nospace ;;
    *ead-only* | *ermission*) say readonly ;;
    *) say internal ;;
  esac
}

# This very interpreter in _interpreter, and its name in _shell_kind: what the account's `sh` is today may be another.
read_interpreter() {
  _interpreter=$(readlink "/proc/$$/exe")
  _shell_kind=${_interpreter##*/}
  [ -x "$_interpreter" ] || _interpreter='sh'
  case $_shell_kind in
    busybox*) _interpreter="$_interpreter sh" ;;
    '' | *[!A-Za-z0-9._-]*) _shell_kind='sh' ;;
  esac
}

case $0 in
  /*) _host=$0 ;;
  *) _host=$PWD/$0 ;;
esac

# What can start a program in a session of its own, in _setsid.
find_setsid() {
  if has setsid; then
    _setsid=setsid
  elif has perl && perl -MPOSIX -e 1 2>/dev/null; then
    _setsid=perl
  elif has python3 && python3 -c 'import os' 2>/dev/null; then
    _setsid=python3
  else
    return 1
  fi
}

# Becomes the given program, in a session and process group of its own.
become_detached() {
  case $_setsid in
    setsid) exec setsid "$@" ;;
    perl) exec perl -MPOSIX -e 'POSIX::setsid(); exec(@ARGV) or exit(127)' "$@" ;;
    *) exec python3 -c 'import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])' "$@" ;;
  esac
}

# ---------------------------------------------------------------------------------------------------------------------
# 3. The root, the session's directory, and what its files say

# Where $1 (`-`: by default) is, in _root.
find_root() {
  _root=$1
  [ "$_root" = - ] || return 0
  _root=${HOLDFAST_ROOT-}
  [ -z "$_root" ] || return 0
  _home=${HOME:-/nonexistent}
  if [ -d "$_home" ] && [ -w "$_home" ]; then
    _root=${XDG_STATE_HOME:-$_home/.local/state}/holdfast
  else
    _root=/var/tmp/holdfast-$(id -u)
  fi
}

# Makes the root, or explains in _refusal why it cannot be used.
prepare_root() {
  if [ ! -e "$_root" ] && [ ! -L "$_root" ]; then
    # With the umask, because a mkdir may set the mode a moment after it made the directory (busybox), when others look.
    if ! _error=$(mkdir -p "${_root%/*}" 2>&1 && umask 077 && mkdir -m 700 "$_root" 2>&1) && [ ! -d "$_root" ]; then
      _refusal="$(kind_of "$_error") cannot make $_root"
      return 1
    fi
  fi
  check_root && make_in_root "$_root/s" && make_in_root "$_root/t"
}

check_root() {
  if [ -L "$_root" ] || [ ! -d "$_root" ] || [ ! -O "$_root" ]; then
    _refusal="unsafe $_root is not a directory of this account"
    return 1
  fi
  case $(ls -ld "$_root/") in
    drwx------*) return 0 ;;
  esac
  _refusal="unsafe $_root must have mode 0700"
  return 1
}

make_in_root() {
  [ -d "$1" ] && return 0
  _error=$(mkdir "$1" 2>&1) || [ -d "$1" ] && return 0
  _refusal="$(kind_of "$_error") cannot make $1"
  return 1
}

use_session() {
  _sid=$1
  _dir=$_root/s/$_sid
  _jobs=$_dir/j
  _tomb=$_root/t/$_sid
}

# What has become of the session, in _fate: alive, died, rebooted, missing, or what its tombstone says.
find_fate() {
  _fate=
  if [ -e "$_tomb" ]; then
    read -r _fate <"$_tomb"
    case $_fate in expired | closed) ;; *) _fate=closed ;; esac
    return
  fi
  _owner_pid='' _owner_start='' _owner_boot=
  if ! { read -r _owner_pid _owner_start _owner_boot <"$_dir/owner"; } 2>/dev/null; then
    _fate=missing
  elif [ "$_owner_boot" != "$_boot" ]; then
    _fate=rebooted
  elif alive "$_owner_pid" "$_owner_start"; then
    _fate=alive
  else
    _fate=died
  fi
}

# The highest epoch that ever attached, in _highest.
read_epoch() {
  _highest=0
  [ ! -s "$_dir/epoch" ] || read -r _highest <"$_dir/epoch"
}

# The exit code and generation of job $1 in _rc and _rc_generation; fails unless a file is whole. The shell's own word
# comes first: it may have been told already, and gets the name `rc` in a moment, whatever has it now.
read_rc() {
  read_record "$1.rc.new" || read_record "$1.rc"
}
read_record() {
  _rc='' _rc_generation='' _mark=
  [ -e "$_jobs/$1" ] || return 1
  { read -r _rc _rc_generation _mark <"$_jobs/$1"; } 2>/dev/null
  [ "$_mark" = . ]
}

# Records what the dead shell could not: the exit code $2 of job $1 in generation $3. By link(2), and beside the shell's
# own file: what a copy of the shell has on record is never replaced.
record_rc() {
  for _try in first second; do
    say "$2 $3 ." >"$_jobs/$1.rc.kept"
    _line=
    read -r _line <"$_jobs/$1.rc.kept"
    if [ "$_line" = "$2 $3 ." ]; then
      ln "$_jobs/$1.rc.kept" "$_jobs/$1.rc"
      break
    fi
    true >"$_dir/reserve"
  done
  rm -f "$_jobs/$1.rc.kept"
} 2>/dev/null

read_why() {
  _why=
  [ -s "$_jobs/$1.why" ] && read -r _why <"$_jobs/$1.why"
  _why=${_why:--}
}

# Was job $1 handed to a shell that never began it?
is_untouched() {
  _line=
  read -r _line <"$_jobs/$1.rc.new"
  [ "$_line" = handed ]
}

# The state of job $1 in _state, as far as files tell: `open` stands for started and not ended.
read_state() {
  _state=none _first='' _second=
  [ -e "$_jobs/$1.ticket" ] || return 0
  { read -r _first && read -r _second; } <"$_jobs/$1.ticket"
  case $_first in void*) _state=void && return 0 ;; esac
  case $_second in done*) _state=$_second && return 0 ;; esac
  if read_rc "$1"; then
    read_why "$1"
    _state="done $_rc $_rc_generation $_why"
  else
    _state=open
  fi
}

# Takes the ticket of job $1, writing $2. 0: taken by us; 1: it was taken before; 2: cannot be written.
take_ticket() {
  _ours=no
  set -C
  { _ours=yes && say "$2"; } >"$_jobs/$1.ticket"
  _said=$?
  set +C
  if [ $_said -eq 0 ]; then
    return 0
  elif [ $_ours = yes ]; then
    # Nobody has seen a ticket that says nothing yet: only the supervisor hands jobs out.
    rm -f "$_jobs/$1.ticket"
  elif [ -e "$_jobs/$1.ticket" ]; then
    return 1
  fi
  return 2
}

# ---------------------------------------------------------------------------------------------------------------------
# 4. Processes by their marks

# The processes whose environment holds each of the given NAME=VALUE, in _found.
find_marked() {
  _found=
  _files=$(grep -lzxF -e "$1" /proc/[0-9]*/environ 2>/dev/null)
  [ -z "$2" ] || [ -z "$_files" ] || _files=$(grep -lzxF -e "$2" $_files 2>/dev/null)
  for _file in $_files; do
    _file=${_file#/proc/}
    _file=${_file%/environ}
    start_of "$_file" && _found="$_found $_file"
  done
}

# The processes of the session with leader $1 that were started at tick $2 or later, in _found.
find_members() {
  _found='' _leader=$1 _since=$2
  # shellcheck disable=SC2013 # file names under /proc have no blanks
  # grep looks at all of them at once; what it finds is looked at again, since a name may hold anything.
  for _file in $(grep -lE "\\) [A-Z] [0-9]+ [0-9]+ $1 " /proc/[0-9]*/stat 2>/dev/null); do
    _file=${_file#/proc/}
    _file=${_file%/stat}
    read_stat "$_file" 2>/dev/null || continue
    is_member $_stat && _found="$_found $_file"
  done
}
is_member() {
  case $1 in Z | X) return 1 ;; esac
  [ "$4" = "$_leader" ] && [ "${20}" -ge "$_since" ]
}

# The parent and the session of process $1 in _parent and _session.
read_kinship() {
  _parent='' _session=
  read_stat "$1" 2>/dev/null && pick_kinship $_stat
}
pick_kinship() {
  _parent=$2
  _session=$4
}

contains() {
  case " $1 " in *" $2 "*) return 0 ;; esac
  return 1
}

# ---------------------------------------------------------------------------------------------------------------------
# 5. attach ROOT SID EPOCH create|resume KEY=VALUE...

# A message to the supervisor, from anybody. Lost if there is none.
post() { [ -p "$_dir/ctl" ] && say "$1" 1<>"$_dir/ctl"; } 2>/dev/null

# Before there is a pump, the attach speaks for itself.
refuse() {
  say "REFUSED $1"
  exit 0
}

attach() {
  read_interpreter
  hand_over "$@"
  read_boot
  say "HOLDFAST 1 $_boot $_shell_kind"
  IFS=' ' read -r _verb _nonce || exit 0
  case $_nonce in
    '' | *[!0-9a-f]*) refuse 'badid the first line must be: hello NONCE' ;;
  esac
  [ "$_verb" = hello ] && [ ${#_nonce} -eq 32 ] || refuse 'badid the first line must be: hello NONCE'
  is_id "$2" && is_number "$3" || refuse 'badid the session or the epoch is not one'
  [ -r /proc/self/stat ] || refuse 'internal there is no /proc here'
  find_root "$1"
  use_session "$2"
  _epoch=$3
  _how=resumed
  case $4 in
    create)
      shift 4
      read_options "$@"
      prepare_root || refuse "$_refusal"
      read_opening
      ;;
    resume) [ ! -d "$_root" ] || check_root || refuse "$_refusal" ;;
    *) refuse 'internal attach must create or resume' ;;
  esac
  find_fate
  if [ "$_fate" = missing ] && [ -n "${_shell-}" ]; then
    create_session
    find_fate
  else
    drop_opening
  fi
  case $_fate in
    alive) open_link && serve ;;
    died | rebooted)
      open_link
      read_epoch
      [ "$_epoch" -gt "$_highest" ] || end_link "FENCED $_highest"
      say "$_epoch" >"$_dir/epoch"
      say "DEAD $_fate" >&8
      serve_dead
      ;;
    *) say "GONE $_fate" ;;
  esac
}

# What attach and supervisor say to each other is nobody else's matter, and may change: a session is served by the script
# that began it, for as long as that is there.
hand_over() {
  is_id "$2" || return 0
  find_root "$1"
  use_session "$2"
  _its_host=
  { read -r _its_host <"$_dir/host"; } 2>/dev/null
  case $_its_host in
    "${_host##*/}" | */*) ;;
    host-*) [ ! -O "$_dir" ] || [ ! -O "$_root/$_its_host" ] || hand_to "$@" ;;
  esac
}
hand_to() {
  restore_account
  exec $_interpreter "$_root/$_its_host" attach "$@"
}

read_options() {
  _shell=sh _idle=0 _quota=0 _opening_lines=0 _patience=0
  for _option in "$@"; do
    case $_option in
      shell=*) _shell=${_option#*=} ;;
      idle=*) _idle=${_option#*=} ;;
      quota=*) _quota=${_option#*=} ;;
      start=*) _opening_lines=${_option#*=} ;;
      patience=*) _patience=${_option#*=} ;;
      *) refuse "internal unknown option ${_option%%=*}" ;;
    esac
  done
  is_number "$_idle" && is_number "$_quota" && is_number "$_opening_lines" && is_number "$_patience" ||
    refuse 'badid idle, quota, start and patience are numbers'
  case $_shell in
    '' | -* | *[!A-Za-z0-9._/-]*) refuse 'noshell the name of the shell has characters that are not allowed' ;;
  esac
  has "$_shell" || refuse "noshell there is no $_shell on this host"
}

# What each shell of the session is to read first follows the greeting. It is kept where tombstones are, and swept like
# them, until the supervisor takes it.
read_opening() {
  _opening=''
  [ "$_opening_lines" -gt 0 ] || return 0
  _opening=$_root/t/$_sid.start.$_epoch
  _umask=$(umask)
  umask 077
  _error=
  copy_lines "$_opening_lines" >"$_opening" || _error=yes
  umask "$_umask"
  [ -z "$_error" ] || { drop_opening && refuse 'nospace the start-up script cannot be kept'; }
}

drop_opening() { [ -z "${_opening-}" ] || rm -f "$_opening"; }

# Starts the supervisor, in a session of its own, and waits until it says what came of it.
create_session() {
  find_setsid || refuse 'nosetsid neither setsid, perl nor python3 is here'
  _mask=$(umask)
  _answer=$(start_supervisor 3>&1 </dev/null >/dev/null 2>&1 &)
  case $_answer in
    up) _how=created ;;
    lost) ;; # another link has just created it
    *) drop_opening && refuse "${_answer:-internal the session could not be started}" ;;
  esac
  drop_opening
}

start_supervisor() {
  restore_account
  export HOLDFAST_SESSION="$_sid"
  unset HOLDFAST_JOB
  become_detached $_interpreter "$_host" supervise "$_root" "$_sid" "$_shell" "$_idle" "$_quota" "$_mask" \
    "$_opening" "$_patience"
}

restore_account() {
  if [ -n "${_locale+set}" ]; then LC_ALL=$_locale; else unset LC_ALL; fi
}

# The FIFO of this link, with the pump behind it. The attach holds its only lasting write end: when the attach is gone,
# even killed, the pump reads the end of the file.
open_link() {
  umask 077
  _fifo=$_dir/a.$_epoch.$$
  if ! _error=$(rm -f "$_fifo" 2>&1 && mkfifo "$_fifo" 2>&1); then
    refuse "$(kind_of "$_error") cannot make the link's FIFO"
  fi
  pump <"$_fifo" &
  _pump=$!
  exec 8>"$_fifo"
}

# The end of the channel, from our side: the pump says the rest first.
end_link() {
  [ $# -eq 0 ] || say "$1" >&8
  exec 8>&-
  wait "$_pump"
  rm -f "$_fifo"
  exit 0
}

# Requests of a link to a living supervisor. Everything is checked here, so that the supervisor only sees what is well
# formed. A broken pipe is how the death of the supervisor shows.
serve() {
  trap : PIPE
  # shellcheck disable=SC2094 # a FIFO: open for reading while it is opened for writing, or the open could wait for ever
  exec 6<>"$_dir/ctl" 7>"$_dir/ctl" 6<&- 2>/dev/null
  start_of $$
  _self=$_start
  start_of "$_pump"
  forward "attach $_self $_pump $_start $_how"
  while IFS=' ' read -r _verb _job _rest; do
    case $_verb in
      list | ping) ;;
      close) is_number "$_job" || end_link "REFUSED badid close GRACE" ;;
      *) is_id "$_job" || end_link "REFUSED badid $_verb needs a job" ;;
    esac
    case $_verb in
      ping)
        alive "$_owner_pid" "$_owner_start" || lose_supervisor ping "$_job"
        say "PONG $_job" >&8
        ;;
      script) store_script ;;
      start) start_request $_rest ;;
      status | void | quiet | size | eof | list | close) forward "$_verb $_job" ;;
      gc) gc_request $_rest ;;
      cancel) number_request $_rest ;;
      input) input_request $_rest ;;
      typed) typed_request ;;
      resize) resize_request $_rest ;;
      ack | resend) stream_request $_rest ;;
      *) end_link 'REFUSED internal unknown request' ;;
    esac
  done
  say "$_epoch $$ bye" >&7
  end_link
}

forward() {
  say "$_epoch $$ $1" >&7 || lose_supervisor "$_verb" "$_job"
}

# Goes on as a link to a dead session; the request that found it out is answered there.
lose_supervisor() {
  find_fate
  case $_fate in
    closed | expired | missing) end_link "GONE $_fate" ;;
    alive) end_link ;; # cannot be; a new link will see
  esac
  say "DEAD $_fate" >&8
  dead_request "$1" "$2"
  serve_dead
}

# The script goes to a file of this epoch, so that no other link can write into a script that runs.
store_script() {
  is_number "$_rest" || end_link 'REFUSED badid script JOB LINES'
  _script=$_jobs/$_job.sh.$_epoch
  _bad_script=
  if [ -e "$_jobs/$_job.ticket" ]; then
    _script=/dev/null # it was started, or never will be
  fi
  copy_lines "$_rest" >"$_script" && return
  rm -f "$_script"
  _bad_script=$_job
}
copy_lines() {
  _left=$1 _failed=no
  while [ "$_left" -gt 0 ] && IFS= read -r _line; do
    say "$_line" || _failed=yes
    _left=$((_left - 1))
  done
  [ "$_left" -eq 0 ] && [ $_failed = no ]
}

start_request() {
  _in=null _timeout=0 _limit=0 _mode=block _grace=5
  for _option in "$@"; do
    case $_option in
      in=null | in=file | in=pipe) _in=${_option#*=} ;;
      mode=block | mode=drop) _mode=${_option#*=} ;;
      timeout=*) _timeout=${_option#*=} ;;
      limit=*) _limit=${_option#*=} ;;
      grace=*) _grace=${_option#*=} ;;
      *) end_link 'REFUSED badid unknown key of start' ;;
    esac
  done
  is_number "$_timeout" && is_number "$_limit" && is_number "$_grace" || end_link 'REFUSED badid start needs numbers'
  _script='sh'
  [ -e "$_jobs/$_job.sh.$_epoch" ] && _script=sh.$_epoch
  [ "${_bad_script-}" = "$_job" ] && _script=nospace
  _keys="$_in $_timeout $_limit $_mode $_grace"
  [ "$_keys" != 'null 0 0 block 5' ] || _keys='' # each byte is a system call there
  forward "start $_job $_script $_keys"
}

gc_request() {
  for _one in "$@"; do
    is_id "$_one" || end_link 'REFUSED badid gc needs jobs'
  done
  [ ${#_rest} -le 320 ] || end_link 'REFUSED badid gc has too many jobs for one line'
  forward "gc $_job $_rest"
}

number_request() {
  is_number "${1-}" || end_link "REFUSED badid $_verb needs a number"
  forward "$_verb $_job $1"
}

input_request() {
  is_number "${1-}" && is_number "${2-}" || end_link 'REFUSED badid input JOB OFFSET SIZE'
  forward "input $_job $1 $2"
}

# A little input, as octal escapes: stored here as `put` would, and then like any other.
typed_request() {
  _offset=${_rest%% *} _rest=${_rest#* }
  _size=${_rest%% *} _rest=${_rest#* }
  is_number "$_offset" && is_number "$_size" || end_link 'REFUSED badid typed JOB OFFSET SIZE TEXT'
  case $_rest in
    '' | *[!\\0-7]*) end_link 'REFUSED badid typed needs octal escapes' ;;
  esac
  # A repeat is not stored again: the first may just be read.
  if [ "$_job" != "${_typed_job-}" ] || [ "$_offset" -ge "$_typed_end" ]; then
    # shellcheck disable=SC2059 # the text is the format: it holds no percent sign
    if printf "$_rest" 2>/dev/null >"$_jobs/$_job.in.$_offset"; then
      _typed_job=$_job _typed_end=$((_offset + _size))
    else
      rm -f "$_jobs/$_job.in.$_offset"
    fi
  fi
  forward "input $_job $_offset $_size"
}

resize_request() {
  is_number "${1-}" && is_number "${2-}" || end_link 'REFUSED badid resize JOB COLUMNS ROWS'
  forward "resize $_job $1 $2"
}

stream_request() {
  case ${1-} in out | err) ;; *) end_link "REFUSED badid $_verb needs a stream" ;; esac
  is_number "${2-}" || end_link "REFUSED badid $_verb needs an offset"
  forward "$_verb $_job $1 $2"
}

# Requests of a link to a dead session: the files answer. Several links may do this at once; the ticket still decides.
serve_dead() {
  while IFS=' ' read -r _verb _job _rest; do
    dead_request "$_verb" "$_job"
  done
  end_link
}

dead_request() {
  case $1 in
    ping)
      say "PONG $2" >&8
      return
      ;;
    list | close) ;;
    *) is_id "$2" || end_link "REFUSED badid $1 needs a job" ;;
  esac
  read_epoch
  [ "$_epoch" -ge "$_highest" ] || end_link "FENCED $_highest"
  case $1 in
    status | cancel)
      read_dead_state "$2"
      say "STATE $2 $_state" >&8
      ;;
    void)
      take_ticket "$2" "void $_epoch" 2>/dev/null
      read_dead_state "$2"
      say "STATE $2 $_state" >&8
      ;;
    start) say "NOSTART $2 dead the session's host is dead" >&8 ;;
    script) copy_lines "$_rest" >/dev/null ;;
    size) say "SIZE $2" >&8 ;;
    resend)
      case $_rest in
        'out '* | 'err '*) is_number "${_rest#* }" && say "RESEND $2 $_rest" >&8 ;;
      esac
      ;;
    ack)
      case $_rest in
        'out '* | 'err '*) [ -p "$_jobs/$2.out" ] && say "${_rest#* }" >"$_jobs/$2.${_rest%% *}.ack" ;;
      esac
      ;;
    list) say "LIST - $_fate" >&8 ;;
    close) bury ;;
  esac
}

# The state of job $1 when nobody supervises it.
read_dead_state() {
  read_state "$1"
  [ "$_state" = open ] || return 0
  if [ "$_fate" = rebooted ]; then
    _state=interrupted
  elif is_touched_by_living "$1"; then
    _state=orphan
  else
    read_state "$1" # its last writer may have ended between the two looks
    [ "$_state" != open ] || _state=lost
  fi
}

# Does a shell that still runs job $1, or the keeper that waits for it, live?
is_touched_by_living() {
  _now_job=
  { read -r _now_job _line <"$_dir/now"; } 2>/dev/null
  [ "$_now_job" = "$1" ] || return 1
  for _file in worker keeper; do
    { read -r _pid _pid_start _line <"$_dir/$_file"; } 2>/dev/null || continue
    alive "$_pid" "$_pid_start" && return 0
  done
  return 1
}

# Closes a session whose supervisor is dead.
bury() {
  for _try in 1 2 3 4 5 6 7 8 9; do
    find_marked "HOLDFAST_SESSION=$_sid" ''
    [ -n "$_found" ] || break
    kill -9 $_found 2>/dev/null
    doze
  done
  say closed >"$_tomb"
  rm -rf "$_dir"
  end_link CLOSED
}

# A short nap, where sleep knows fractions.
doze() { sleep 0.05 2>/dev/null || sleep 1; }

# The pump: what the supervisor says, line by line, to the link. `EXIT`, `SIZE` and `LIST` it completes from the files,
# so that no other process may write to the link meanwhile, and the supervisor need not fork.
pump() {
  _count=0
  while IFS= read -r _line; do
    case $_line in
      'EXIT '*) print_exit $_line || cut_link ;;
      'SIZE '*) print_size $_line ;;
      'LIST '*) print_list $_line ;;
      'CHUNK '*) print_chunk $_line || cut_link ;;
      'RESEND '*) print_chunks $_line || cut_link ;;
      END) cut_link ;;
      *) say "$_line" ;;
    esac
    _count=$((_count + 1))
    if [ $_count -eq 32 ]; then
      post "$_epoch $$ pumped 32"
      _count=0
    fi
  done
  post "$_epoch $$ bye"
  rm -f "$_fifo"
}

# Ends the channel; the attach ($$ is its pid here) sits in a read.
cut_link() {
  post "$_epoch $$ bye"
  rm -f "$_fifo"
  kill $$
  exit 0
}

# EXIT JOB RC GENERATION WHY inline|size
print_exit() {
  if [ "$6" = size ]; then
    find_sizes "$2"
    say "$* $_out_size $_err_size"
  elif [ ! -s "$_jobs/$2.out" ] && [ ! -s "$_jobs/$2.err" ]; then
    say "EXIT $2 $3 $4 $5 empty"
  else
    say "$*"
    for _file in "$_jobs/$2.out" "$_jobs/$2.err"; do
      if [ -s "$_file" ]; then
        dd bs=65536 count=1 <"$_file" 2>/dev/null || return 1
      fi
      say "$_nonce"
    done
  fi
}

print_size() {
  find_sizes "$2"
  say "SIZE $2 $_out_size $_err_size"
}

find_sizes() {
  _out_size=0 _err_size=0
  if [ -p "$_jobs/$1.out" ]; then
    read -r _out_size <"$_jobs/$1.out.n"
    read -r _err_size <"$_jobs/$1.err.n"
    return
  fi
  [ ! -s "$_jobs/$1.out" ] || _out_size=$(($(wc -c <"$_jobs/$1.out")))
  [ ! -s "$_jobs/$1.err" ] || _err_size=$(($(wc -c <"$_jobs/$1.err")))
}

# CHUNK JOB STREAM OFFSET SIZE. It may have been dropped meanwhile: then nothing is said.
print_chunk() {
  [ -e "$_jobs/$2.$3.c+$4+$5" ] || return 0
  {
    say "$*" && cat <&5
  } 2>/dev/null 5<"$_jobs/$2.$3.c+$4+$5" || [ ! -e "$_jobs/$2.$3.c+$4+$5" ]
}

# RESEND JOB STREAM OFFSET: the chunks that are kept, from there on.
print_chunks() {
  for _chunk in $(list_chunks "$2" "$3" | sort -n); do
    [ $((${_chunk%+*} + ${_chunk#*+})) -le "$4" ] || print_chunk CHUNK "$2" "$3" "${_chunk%+*}" "${_chunk#*+}" || return 1
  done
}

# The chunks of stream $2 of job $1, as OFFSET+SIZE lines.
list_chunks() {
  for _file in "$_jobs/$1.$2.c+"*; do
    [ ! -e "$_file" ] || say "${_file#"$_jobs/$1.$2.c+"}"
  done
}

# LIST CURRENT FATE: the current job is running, says the supervisor.
print_list() {
  _fate=$3
  for _file in "$_jobs"/*.ticket; do
    [ -e "$_file" ] || continue
    _file=${_file##*/}
    set -- "$1" "$2" "${_file%.ticket}"
    if [ "$_fate" != alive ]; then
      read_dead_state "$3"
    else
      read_state "$3"
      [ "$_state" = open ] && _state=lost
      [ "$3" = "$2" ] && _state=running
    fi
    say "JOB $3 $_state"
  done
  say 'END list'
}

# ---------------------------------------------------------------------------------------------------------------------
# 6. supervise ROOT SID SHELL IDLE QUOTA UMASK OPENING PATIENCE, detached; tells its attach on descriptor 3 what came of it
#
# One loop over the messages on ctl: `EPOCH PID VERB...` from attaches and pumps, `- - VERB...` from our own children.
# State: _epoch and _link* (the attached link), _generation and _worker* (the shell), _current (the job handed out),
# _closing (the last word, once the session is being ended).
#
# Its stderr is /dev/null, so nothing here says so again; its stdin is ctl. Each redirection costs eight system calls.

supervise() {
  umask 077
  cd / || exit 1
  _root=$1 _shell=$3 _idle=$4 _quota=$5 _mask=$6 _opening=$7 _patience=$8
  use_session "$2"
  read_boot
  read_interpreter
  find_setsid
  claim_session
  trap : PIPE
  _epoch=0 _link='' _link_pid=
  _generation=0 _worker='' _shell_is=down _ever_up=no _sets_up='' _late='' _limiter=
  _current='' _last='' _last_state='' _outcome='' _reaping='' _quiet='' _gates='' _behind='' _timer='' _feeder=
  _closing='' _used=0 _turn=0
  read_clock
  _idle_since=$_now
  start_worker
  aside tick
  _ticker=$!
  exec <&4 4<&-
  while :; do
    IFS=' ' read -r _from _pid _verb _a _rest || continue
    if [ "$_from" = - ]; then
      hear_child
    elif [ "$_verb" = attach ]; then
      attach_link "$_from" "$_pid" "$_a" $_rest
    elif [ "$_from" = "$_epoch" ] && [ "$_pid" = "$_link_pid" ]; then
      hear_link
    else
      fence "$_dir/a.$_from.$_pid"
    fi
  done
}

# Becomes the owner of the session, or leaves. link(2) makes the owner file: complete or absent, and the first wins.
claim_session() {
  _error=$(mkdir -p "$_jobs" 2>&1) || answer "$(kind_of "$_error") cannot make $_dir"
  # Open before we are the owner: a link that sees an owner may write at once.
  [ -p "$_dir/ctl" ] || mkfifo "$_dir/ctl" 2>/dev/null
  [ -p "$_dir/ctl" ] || answer "nospace cannot make a FIFO in $_dir"
  exec 4<>"$_dir/ctl"
  # What is written counts as written when the shell says so. Where writes fail silently nothing could be promised.
  if [ -c /dev/full ] && say '' >/dev/full; then
    answer 'internal the shell of this host does not notice when a write fails'
  fi
  start_of $$
  say "$$ $_start $_boot" >"$_dir/owner.$$"
  _owner_start=$_start
  fill_reserve && [ -s "$_dir/owner.$$" ] || {
    rm -f "$_dir/owner.$$"
    answer 'nospace no space for a session'
  }
  if ln "$_dir/owner.$$" "$_dir/owner"; then
    rm -f "$_dir/owner.$$"
  else
    rm -f "$_dir/owner.$$"
    answer lost
  fi
  # A session that is being closed leaves its tombstone before its directory goes.
  if [ -e "$_tomb" ]; then
    rm -rf "$_dir"
    answer lost
  fi
  [ -z "$_opening" ] || mv -f "$_opening" "$_dir/start" || {
    rm -rf "$_dir"
    answer 'nospace the start-up script cannot be kept'
  }
  say "$_shell" >"$_dir/shell"
  say "${_host##*/}" >"$_dir/host"
  touch "$_dir/traps" "$_dir/copy"
}

# The last word to the attach that started us.
answer() {
  say "$1" >&3
  exit 0
}

# 4 KiB that are given up when the disk is full, so that an exit code can still be written.
fill_reserve() {
  [ -s "$_dir/reserve" ] && return 0
  dd if=/dev/zero of="$_dir/reserve" bs=4096 count=1 && return 0
  rm -f "$_dir/reserve"
  return 1
}

# Runs a child beside the loop, without the loop's descriptors. By exec: a redirection that is undone later would keep
# copies of them.
aside() {
  (
    exec </dev/null 3>&- 4>&- 5>&- 6>&-
    "$@"
  ) &
}

# -- links

# EPOCH PID START PUMP PUMP-START HOW
attach_link() {
  if [ "$1" -le "$_epoch" ]; then
    fence "$_dir/a.$1.$2"
    return
  fi
  drop_link "FENCED $1"
  _epoch=$1 _link_pid=$2 _link_start=$3 _pump=$4 _pump_start=$5 _link=$_dir/a.$1.$2 _unread=0
  _behind='' # the new link asks by itself for what it does not have
  say "$_epoch" >"$_dir/epoch"
  tell "READY $_epoch $_generation $6"
  [ "$6" = created ] || aside drop_stale_scripts "$1"
}

# A line to the attached link. What nobody reads must not fill the FIFO, or we would block.
tell() {
  [ -n "$_link" ] || return 0
  _unread=$((_unread + 1))
  if [ $_unread -gt 200 ]; then
    drop_link
  elif [ -p "$_link" ]; then
    say "$1" 1<>"$_link"
  fi
}

# Lets go of the attached link, with a last word if one is given.
drop_link() {
  [ -n "$_link" ] || return 0
  if [ $# -gt 0 ] && [ -p "$_link" ]; then
    say "$1" 1<>"$_link"
    say END 1<>"$_link"
  elif alive "$_pump" "$_pump_start"; then
    kill "$_pump"
  fi
  ! alive "$_link_pid" "$_link_start" || kill "$_link_pid"
  rm -f "$_link"
  forget_link
}

forget_link() {
  _link='' _link_pid=
  read_clock
  _idle_since=$_now
}

# Ends a link that does not own the session.
fence() {
  [ -p "$1" ] || return 0
  say "FENCED $_epoch" 1<>"$1"
  say END 1<>"$1"
}

# A request of the owning link.
hear_link() {
  case $_verb in
    start) start_job "$_a" $_rest ;;
    status) tell_state "$_a" ;;
    pumped) make_room "$_a" ;;
    void)
      [ -n "$_closing" ] || take_ticket "$_a" "void $_epoch"
      tell_state "$_a"
      ;;
    quiet) _quiet=$_a ;;
    size) tell "SIZE $_a" ;;
    list) tell "LIST ${_current:--} alive" ;;
    cancel)
      cancel_job "$_a" cancel "$_rest"
      [ "$_a" != "$_current" ] || tell "CANCELLING $_a"
      ;;
    input) take_input "$_a" $_rest ;;
    eof) end_input "$_a" ;;
    resize) [ "$_a" != "$_current" ] || aside resize_terminal "$_a" $_rest ;;
    ack) take_ack "$_a" $_rest ;;
    resend) tell "RESEND $_a $_rest" ;;
    gc) collect_jobs "$_a" $_rest ;;
    close) close_session closed "$_a" ;;
    bye) forget_link ;;
  esac
}

tell_state() {
  if [ "$1" = "$_current" ]; then
    _state=running
  elif [ "$1" = "$_last" ]; then
    _state=$_last_state
  else
    read_state "$1"
    [ "$_state" = open ] && _state=lost
  fi
  tell "STATE $1 $_state"
}

# -- the shell

start_worker() {
  _generation=$((_generation + 1))
  _worker='' _shell_is=starting
  rm -f "$_dir/q."*
  mkfifo "$_dir/q.$_generation" 2>/dev/null || return 1
  exec 5<>"$_dir/q.$_generation"
  aside keep_worker
  start_of $!
  say "$! $_start" >"$_dir/keeper"
}

# The keeper: the parent of the shell, and the second recorder. What the shell itself could not put on record, because
# it was replaced or killed, is its true wait status. It outlives the supervisor with the shell.
keep_worker() {
  trap - PIPE
  (
    restore_account
    set -- "$_shell"
    case ${1##*/} in busybox) set -- "$1" sh ;; esac
    # Our children were made to ignore INT and QUIT, because they run in the background; jobs should not.
    if env --default-signal=INT,QUIT true; then set -- env --default-signal=INT,QUIT "$@"; fi
    become_detached "$@" "$_host" work "$_dir" "$_generation" "$_mask"
  ) </dev/null >/dev/null 2>&1
  _status=$?
  _job='' _job_generation=
  { read -r _job _job_generation _line <"$_dir/now"; } 2>/dev/null
  # Without rc.new the job has its rc, or its files are deleted.
  if [ "$_job_generation" = "$_generation" ] && [ -e "$_jobs/$_job.rc.new" ] && ! is_untouched "$_job"; then
    if read_record "$_job.rc.new"; then
      mv -f "$_jobs/$_job.rc.new" "$_jobs/$_job.rc" # the shell was killed before it could
    elif ! read_rc "$_job"; then
      record_rc "$_job" "$_status" "$_generation"
    fi
  fi
  post "- - gone $_generation $_status"
}

# A message of our own children.
hear_child() {
  case $_verb in
    setting) shell_sets_up "$_a" "$_rest" ;;
    late) _late=$_a ;;
    up) shell_up "$_a" "$_rest" ;;
    ended) shell_ended_job "$_a" $_rest ;;
    gone) shell_gone "$_a" "$_rest" ;;
    tick) keep_time ;;
    timeout) cancel_job "$_a" timeout "$_rest" ;;
    escaped) tell "ESCAPED $_a $_rest" ;;
    reaped) job_reaped "$_a" ;;
    fed) _fed=$((_fed + 1)) ;;
    used) _used=$_a ;;
    chunk) tell_chunk "$_a" $_rest ;;
    gated) gate_closed "$_a" ;;
    emptied) leave ;;
  esac
}

# The shell reads the start-up script, and has so long for it.
shell_sets_up() {
  [ "$1" = "$_generation" ] || return 0
  _sets_up=$1
  start_of "$2" || return 0
  aside limit_start "$1" "$2" "$_start"
  _limiter=$!
}

# GENERATION PID START. The shell leads a process group of its own.
limit_start() {
  go_to_bed
  nap "$_patience"
  alive "$2" "$3" || return 0
  post "- - late $1"
  kill -9 "-$2"
}

drop_limiter() {
  [ -z "$_limiter" ] || end_nap "$_limiter"
  _limiter=''
}

# Why the first shell never came up.
explain_end() {
  if [ "$_late" = "$1" ]; then
    _why="nostart it took longer than $_patience s"
  elif [ "$_sets_up" = "$1" ]; then
    _why="nostart its shell ended with $2"
  else
    _why="noshell $_shell is not a shell that can be used"
  fi
}

shell_up() {
  [ "$1" = "$_generation" ] || return 0
  drop_limiter
  know_worker "$2"
  _leader=$2 _shell_is=up
  [ $_ever_up = no ] || return 0
  _ever_up=yes
  say up >&3
  exec 3>&-
}

know_worker() {
  start_of "$1" || _start=0
  _worker=$1 _worker_start=$_start
  say "$_worker $_worker_start $_generation" >"$_dir/worker"
}

# The shell is gone: its generation ends. A copy of it may live on when the job killed `$$`.
shell_gone() {
  [ "$1" = "$_generation" ] || return 0
  if [ -n "$_worker" ] && alive "$_worker" "$_worker_start"; then kill -9 "$_worker"; fi
  drop_limiter
  if [ $_ever_up = no ]; then
    explain_end "$1" "$2"
    _lead=0
    find_inmates # what the start-up script has left running
    [ -z "$_inmates" ] || kill -9 $_inmates
    drop_link "REFUSED $_why"
    rm -rf "$_dir"
    answer "$_why"
  fi
  exec 5>&-
  _worker=''
  if [ -z "$_closing" ]; then
    case $_shell_is in
      up) start_worker || _shell_is=down ;;
      *) _shell_is=down ;; # one that never came up is tried again by the next start, not for ever
    esac
    [ $_shell_is = down ] || tell "RENEWED $_generation ${_current:--}"
  fi
  [ -n "$_current" ] || return 0
  if read_rc "$_current" || ! is_untouched "$_current"; then
    find_outcome "$1" "$2"
    job_ended
  elif [ -z "$_reaping$_closing" ] && [ $_shell_is != down ]; then
    hand_out "$_current"
  else
    _outcome="143 $1" # ended before it began
    job_ended
  fi
}

# -- jobs

# JOB SCRIPT, and for more than a plain job STDIN TIMEOUT LIMIT MODE GRACE
start_job() {
  [ $# -gt 2 ] || set -- "$1" "$2" null 0 0 block 5
  read_state "$1"
  if [ "$_state" != none ]; then
    tell_state "$1"
  elif [ -n "$_closing" ]; then
    tell "NOSTART $1 dead the session is being closed"
  elif [ -n "$_current" ]; then
    tell "NOSTART $1 busy another job runs"
  elif [ "$2" != nospace ] && [ ! -f "$_jobs/$1.$2" ]; then
    tell "NOSTART $1 noscript its script is not here"
  elif [ "$3" = file ] && [ ! -f "$_jobs/$1.in" ]; then
    tell "NOSTART $1 noscript its input is not here"
  elif [ "$_quota" -gt 0 ] && [ "$_used" -ge "$_quota" ]; then
    measure_use
    tell "NOSTART $1 quota the session keeps $_used of $_quota bytes"
  elif [ "$2" = nospace ] || ! fill_reserve || ! lay_out "$1" "$3" "$5"; then
    tell "NOSTART $1 nospace the disk is full or cannot be written"
  elif [ $_shell_is = down ] && ! start_worker; then
    tell "NOSTART $1 dead the shell cannot be started again"
  elif take_ticket "$1" "start $_epoch"; then
    _current=$1 _script=$2 _in=$3 _cause=- _outcome='' _reaping=''
    read_clock
    _begin=$_now
    say "$1 $_generation $_begin" >"$_dir/now"
    open_gates "$1" "$5" "$6"
    hand_out "$1"
    [ "$4" -eq 0 ] || start_timer "$4" "$7"
    tell "STARTED $1"
  else
    tell "NOSTART $1 nospace the disk is full or cannot be written"
  fi
}

# Makes the files of a job, with our umask, for a worker that may have any. Nothing is promised yet.
lay_out() {
  case $2 in
    pipe) [ -p "$_jobs/$1.in" ] || mkfifo "$_jobs/$1.in" && mkfifo "$_jobs/$1.feed" || return 1 ;;
  esac
  if [ "$3" -gt 0 ]; then
    for _stream in out err; do
      [ -p "$_jobs/$1.$_stream" ] || mkfifo "$_jobs/$1.$_stream" || return 1
      say 0 >"$_jobs/$1.$_stream.n" && say 0 >"$_jobs/$1.$_stream.ack" || return 1
    done
  else
    true >"$_jobs/$1.out" && true >"$_jobs/$1.err" || return 1
  fi
  say handed >"$_jobs/$1.rc.new"
}

# Hands the job to the shell: after the ticket, never before.
hand_out() {
  if [ "$_in" = pipe ] && [ -z "$_feeder" ]; then
    _fed=0 _sent=0 _next=0
    exec 6<>"$_jobs/$1.feed" # held open: what is written before the feeder has opened it must not be lost
    aside feed "$1"
    _feeder=$!
  fi
  _turn=$((_turn + 1))
  say "$_turn $_in $_script $1" >&5
}

start_timer() {
  aside time_out "$_current" "$1" "$2"
  _timer=$!
}

time_out() {
  go_to_bed
  nap "$2"
  post "- - timeout $1 $3"
}

# Naps of $1 seconds, in a child that end_nap ends without leaving a sleep behind.
if [ -n "${KSH_VERSION-}" ]; then
  # A child that has just been made forgets a signal here, and cannot forget only KILL. So it sleeps itself, by waiting
  # for a word that nobody says.
  go_to_bed() { [ -p "$_dir/nap" ] || mkfifo "$_dir/nap"; }
  # shellcheck disable=SC3045 # this shell has it
  nap() { read -r -t "$1" _line 0<>"$_dir/nap" || true; }
  end_nap() { kill -9 "$1"; }
else
  go_to_bed() {
    _sleeper='' _awake=no
    trap wake_up TERM
  }
  nap() {
    _sleeper=''
    sleep "$1" &
    _sleeper=$!
    [ $_awake = no ] || wake_up # the signal came before the sleep had a number
    wait $_sleeper
  }
  wake_up() {
    _awake=yes
    [ -n "$_sleeper" ] || return 0
    kill -9 "$_sleeper" # it may still be a copy of this shell, which would catch any other
    exit 0
  }
  end_nap() { kill "$1"; }
fi

# GENERATION TURN RC, and the shell's new PID if it has gone on in a copy. It has the same on record; if that could not
# be written, we know it as long as we live.
shell_ended_job() {
  [ "$2" = "$_turn" ] && [ -n "$_current" ] || return 0
  [ -z "${4-}" ] || know_worker "$4"
  _outcome="$3 $1"
  job_ended
}

# What the shell of generation $1, which is gone with status $2, has left on record of the current job.
find_outcome() {
  if read_rc "$_current"; then
    _outcome="$_rc $_rc_generation"
  else
    _outcome="$2 $1"
  fi
}

job_ended() {
  hurry_gates
  finish_job
}

# A cancelled job has ended when none of its processes is left.
job_reaped() {
  [ "$1" = "$_reaping" ] || return 0
  _reaping=''
  if [ -n "$_outcome" ]; then
    finish_job
  else
    cancel_job "$1" "$_cause" 0 # its shell was not up yet, or has outlived it all
  fi
}

# Says the end of the job, once its shell has ended it, its reaper is back and its gates have closed.
finish_job() {
  [ -z "$_reaping" ] && [ -n "$_outcome" ] && [ -z "$_gates" ] || return 0
  _last=$_current _last_state="done $_outcome $_cause"
  [ -z "$_timer" ] || end_nap "$_timer"
  if [ -n "$_feeder" ]; then
    exec 6>&-
    kill "$_feeder"
  fi
  _current='' _timer='' _feeder=
  if [ -z "$_link" ]; then # else it begins with the end of the link
    read_clock
    _idle_since=$_now
  fi
  _form=inline
  [ "$_quiet" != "$_last" ] && [ ! -p "$_jobs/$_last.out" ] || _form=size
  tell "EXIT $_last $_outcome $_cause $_form"
  [ "$_quota" -eq 0 ] || aside measure_use
}

# JOB cancel|timeout GRACE
cancel_job() {
  if [ "$1" != "$_current" ]; then
    [ "$2" = timeout ] || tell_state "$1"
    return
  fi
  if [ -z "$_reaping" ]; then
    _reaping=$1 _cause=$2
    say "$2" 2>/dev/null >"$_jobs/$1.why"
    aside reap "$1" "$3" "$_begin" "$_worker" "$_worker_start" "${_leader:-0}"
  fi
}

# Deletes the files of ended jobs but their tickets: by name, without a look into the directory, which holds a ticket for
# each job that ever was.
collect_jobs() {
  _collected=
  for _one in "$@"; do
    shift
    record_on_ticket "$_one" || continue
    _collected="$_collected $_one"
    _file=$_jobs/$_one
    # rc.new before rc: the shell may be about to rename it.
    set -- "$@" "$_file.sh" "$_file.sh.$_epoch" "$_file.in" "$_file.out" "$_file.err" "$_file.why" "$_file.rc.new" \
      "$_file.rc" "$_file.rc.kept"
    case $_first in
      "start $_epoch" | '') ;;
      *) set -- "$@" "$_file.sh.${_first#* }" ;;
    esac
    [ -p "$_file.in" ] || [ -p "$_file.out" ] || continue
    set -- "$@" "$_file.feed" "$_file.out.ack" "$_file.err.ack" "$_file.out.n" "$_file.err.n" "$_file.out.from" \
      "$_file.err.from" "$_file.out.c+"* "$_file.err.c+"* # no id has a plus
    for _file in "$_file".in.*; do
      case ${_file##*.in.} in
        *[!0-9]*) ;; # of a job with an id like this
        *) set -- "$@" "$_file" ;;
      esac
    done
  done
  [ $# -eq 0 ] || rm -f "$@"
  tell "OK gc$_collected"
}

# The outcome of job $1 moves into the ticket, by append: a ticket that is empty for a moment could be taken for another.
# Fails when the files are still needed.
record_on_ticket() {
  read_state "$1"
  case $_state in
    open) [ "$1" != "$_current" ] || { tell_state "$1" && return 1; } ;;
    "$_second") ;;
    done*)
      say "$_state" >>"$_jobs/$1.ticket" && return 0
      true >"$_dir/reserve"
      say "$_state" >>"$_jobs/$1.ticket" || { tell_state "$1" && return 1; }
      ;;
  esac
}

# A link with a higher epoch sends again what it needs; scripts of older ones that started nothing are deleted.
drop_stale_scripts() {
  for _file in "$_jobs"/*.sh.*; do
    _by=${_file##*.sh.}
    is_number "$_by" && [ "$_by" -lt "$1" ] || continue
    _file=${_file%.sh.*}
    read_state "${_file##*/}"
    [ "$_first" = "start $_by" ] || rm -f "$_file.sh.$_by"
  done
}

# -- limited output
#
# The job writes into FIFOs. Behind each stands a gate, which stores what comes in files `JOB.STREAM.c+OFFSET+SIZE` and
# says so. _gates: the gates of the current job that are open; _behind: streams whose chunks were not all announced.

# JOB LIMIT MODE
open_gates() {
  _gates='' _behind=''
  [ "$2" -gt 0 ] || return 0
  for _stream in out err; do
    aside gate "$1" "$_stream" "$2" "$3"
    _gates="$_gates $!"
  done
}

# The job has ended. What it wrote is in the FIFOs; a child of it may hold them open, so the end of the file may not come.
hurry_gates() {
  [ -z "$_gates" ] || aside send_hurry $_gates
}
send_hurry() {
  sleep 1
  for _one in "$@"; do
    read_kinship "$_one" && [ "$_parent" = $$ ] && kill "$_one"
  done
} 2>/dev/null

gate_closed() {
  [ "$1" = "$_current" ] || return 0
  _gates=${_gates% *} # how many is what counts
  finish_job
}

# JOB STREAM OFFSET SIZE. A link that is slow is not told of each chunk, but from where to go on when it has caught up.
tell_chunk() {
  if contains "$_behind" "$1+$2"; then
    return
  elif [ -n "$_link" ] && [ "$_unread" -gt 100 ]; then
    _behind="$_behind $1+$2"
    say "$3" >"$_jobs/$1.$2.from"
  else
    tell "CHUNK $*"
  fi
}

make_room() {
  _unread=$((_unread - $1))
  [ "$_unread" -lt 50 ] || return 0
  for _one in $_behind; do
    read -r _line <"$_jobs/${_one%+*}.${_one#*+}.from"
    tell "RESEND ${_one%+*} ${_one#*+} $_line"
  done
  _behind=''
}

# JOB STREAM OFFSET
take_ack() {
  [ -p "$_jobs/$1.$2" ] || return 0
  say "$3" >"$_jobs/$1.$2.ack"
  [ "$1" = "$_current" ] || aside drop_acked "$@" # else the gate does it
}

drop_acked() {
  for _chunk in $(list_chunks "$1" "$2"); do
    [ $((${_chunk%+*} + ${_chunk#*+})) -gt "$3" ] || rm -f "$_jobs/$1.$2.c+$_chunk"
  done
}

# JOB STREAM LIMIT MODE. The kept chunks are the positional parameters, oldest first.
gate() {
  _gate_job=$1 _stream=$2 _limit=$3 _mode=$4
  _spool=$_jobs/$1.$2 _offset=0 _hurry=no _dd=''
  set --
  trap '_hurry=yes; [ -z "$_dd" ] || end_idle_read' TERM
  exec 6<"$_spool"
  while :; do
    if [ "$_mode" = block ]; then wait_for_acks; fi
    dd bs=65536 count=1 <&6 >"$_spool.part" &
    _dd=$!
    [ $_hurry = no ] || end_idle_read
    until wait $_dd; [ $? -le 128 ] || ! kill -0 $_dd; do :; done
    _dd=''
    [ -s "$_spool.part" ] || break
    _size=$(($(wc -c <"$_spool.part")))
    _chunk=$_offset+$_size
    mv "$_spool.part" "$_spool.c+$_chunk" || break
    _offset=$((_offset + _size))
    say "$_offset" >"$_spool.n"
    post "- - chunk $_gate_job $_stream ${_chunk%+*} $_size"
    set -- "$@" "$_chunk"
    read -r _acked <"$_spool.ack"
    [ "$_mode" = block ] || [ $((_offset - _limit)) -le "${_acked:-0}" ] || _acked=$((_offset - _limit))
    while [ $# -gt 0 ] && [ $((${1%+*} + ${1#*+})) -le "${_acked:-0}" ]; do
      rm -f "$_spool.c+$1"
      shift
    done
  done
  rm -f "$_spool.part"
  post "- - gated $_gate_job"
} 2>/dev/null

# After the job: what is there is read, but nothing is waited for. A dd that is not asleep has bytes that would be lost.
end_idle_read() {
  while kill -0 $_dd; do
    doze
    read_stat $_dd || return 0
    case $_stat in
      S*) kill $_dd ;;
      Z*) return 0 ;;
    esac
  done
}

# Does not read on while as much is kept as may be; the job waits in its write.
wait_for_acks() {
  while [ $_hurry = no ] && [ -e "$_spool.ack" ]; do
    _acked=0
    read -r _acked <"$_spool.ack"
    [ $((_offset - ${_acked:-0})) -ge "$_limit" ] || return 0
    doze
  done
}

# -- standard input

# JOB OFFSET SIZE
take_input() {
  if [ "$1" != "$_current" ] || [ -z "$_feeder" ]; then
    tell_state "$1"
    return
  fi
  if [ "$3" -gt 0 ] && [ "$2" -eq "$_next" ] && [ $((_sent - _fed)) -lt 1000 ] && [ -f "$_jobs/$1.in.$2" ]; then
    _next=$((_next + $3)) _sent=$((_sent + 1))
    say "$2" >&6
  fi
  tell "INPUT $1 $_next"
}

end_input() {
  if [ "$1" != "$_current" ] || [ -z "$_feeder" ]; then
    tell_state "$1"
    return
  fi
  say eof >&6
  tell "INPUT $1 eof"
}

# The feeder: writes the stored chunks to the job's stdin, in order, and may wait for the job as long as it likes.
feed() {
  exec 6<>"$_jobs/$1.feed" 7>"$_jobs/$1.in"
  while read -r _offset <&6 && [ "$_offset" != eof ]; do
    cat "$_jobs/$1.in.$_offset" >&7 || break
    rm -f "$_jobs/$1.in.$_offset"
    post "- - fed $1"
  done
}

# -- time

# Once a minute, or oftener when the idle time is short.
tick() {
  _period=60
  if [ "$_idle" -gt 0 ] && [ "$_idle" -lt 240 ]; then _period=$((_idle / 4 + 1)); fi
  go_to_bed
  while :; do
    nap $_period || exit 0
    alive $$ "$_owner_start" || exit 0
    post '- - tick'
  done
}

keep_time() {
  fill_reserve
  if [ -n "$_link" ]; then
    alive "$_link_pid" "$_link_start" || drop_link
    return
  fi
  [ -z "$_current" ] && [ -z "$_closing" ] && [ "$_idle" -gt 0 ] || return 0
  read_clock
  [ $((_now - _idle_since)) -lt $((_idle * 100)) ] || close_session expired 2
}

measure_use() {
  _used=$(du -sk "$_dir")
  _used=$((${_used%%[!0-9]*} * 1024))
  post "- - used $_used"
}

# -- the end

# WORD GRACE
close_session() {
  [ -z "$_closing" ] || return 0
  _closing=$1
  exec 5>&- # the shell reads the end of the file
  if [ -n "$_current" ]; then
    _cause=cancel
    say cancel 2>/dev/null >"$_jobs/$_current.why"
  fi
  aside empty_session "$2" "${_leader:-0}"
}

leave() {
  say "$_closing" >"$_tomb"
  [ -s "$_tomb" ] || {
    true >"$_dir/reserve"
    say "$_closing" >"$_tomb"
  }
  end_nap "$_ticker"
  [ ! -p "$_link" ] || exec 6<>"$_link"
  rm -rf "$_dir" || rm -rf "$_dir"
  [ -s "$_tomb" ] || say "$_closing" >"$_tomb"
  if [ -n "$_link" ]; then
    case $_closing in
      closed) say CLOSED >&6 ;;
      *) say "GONE $_closing" >&6 ;;
    esac
    say END >&6
  fi
  exit 0
}

# ---------------------------------------------------------------------------------------------------------------------
# 7. Those who wait, so that the supervisor need not

# Ends job $1: TERM, after $2 seconds KILL, then KILL to the shell itself. $3: when it began; $4 $5: the shell and its
# start; $6: the leader of the shell's session. Says `reaped` when the job is on record and none of its processes lives.
reap() {
  _job=$1 _begin=$3 _worker=$4 _worker_start=$5 _lead=$6
  find_targets
  [ -z "$_escaped" ] || post "- - escaped $_job$_escaped"
  signal_job TERM
  if ! wait_for_end "$2" none; then
    signal_job TERM
    if ! wait_for_end 1 KILL; then
      find_shells
      kill -9 $_shells $_copy
      wait_for_end 10 KILL
    fi
  fi
  post "- - reaped $_job"
} 2>/dev/null

signal_job() {
  read_rc "$_job" || ! alive "$_worker" "$_worker_start" || kill "-$1" "$_worker"
  [ -z "$_targets" ] || kill "-$1" $_targets
}

# Waits up to $1 seconds; in each round sends $2 to the job's processes.
wait_for_end() {
  _rounds=$(($1 * 20 + 1))
  while [ $_rounds -gt 0 ]; do
    doze
    _rounds=$((_rounds - 1))
    if [ "$2" = KILL ] || read_rc "$_job"; then
      find_targets || continue
      [ "$2" != KILL ] || [ -z "$_targets" ] || kill -9 $_targets
      [ -z "$_targets" ] && read_rc "$_job" && return 0
    fi
  done
  return 1
}

# The job's processes in _targets: those with its mark, and those of the shell's session that are younger than it (a
# forked subshell has the shell's environment, without the mark). Of these, in _escaped, those that left the session.
# The shell's own copies are none of them; while one is being made, nobody is.
find_targets() {
  _targets='' _escaped=''
  find_marked "HOLDFAST_SESSION=$_sid" "HOLDFAST_JOB=$_job"
  _marked=$_found
  find_members "$_lead" "$_begin"
  _copy_job='' _copy=''
  read -r _copy_job _copy <"$_dir/copy" # after the search: a copy that was found has been announced
  if [ "$_copy_job" != "$_job" ]; then
    _copy=''
  elif [ -z "$_copy" ]; then
    return 1
  fi
  find_shells
  for _one in $_marked; do
    contains "$_shells $_copy" "$_one" && continue
    _targets="$_targets $_one"
    read_kinship "$_one"
    # As many as fit into one message.
    [ "$_session" = "$_lead" ] || [ ${#_escaped} -gt 300 ] || _escaped="$_escaped $_one"
  done
  for _one in $_found; do
    contains "$_shells $_copy$_targets" "$_one" || _targets="$_targets $_one"
  done
}

# The shell and those that it is a copy of, in _shells.
find_shells() {
  _shells=''
  alive "$_worker" "$_worker_start" || return 0
  _shells=$_worker
  _one=$_worker
  while [ "$_one" != "$_lead" ] && read_kinship "$_one" && [ "$_session" = "$_lead" ]; do
    _one=$_parent
    _shells="$_shells $_one"
  done
}

# Gives the terminal of job $1, the one that any of its processes reads from, $2 columns and $3 rows. Its kernel tells the
# processes in it.
resize_terminal() {
  find_marked "HOLDFAST_SESSION=$_sid" "HOLDFAST_JOB=$1"
  for _one in $_found; do
    _file=$(readlink "/proc/$_one/fd/0")
    case $_file in
      /dev/pts/*) stty cols "$2" rows "$3" <"$_file" && return ;;
    esac
  done
} 2>/dev/null

# Ends every process of the session but the supervisor and its children: TERM, after $1 seconds KILL.
empty_session() {
  _lead=$2
  find_inmates
  [ -z "$_inmates" ] || kill $_inmates
  _rounds=$(($1 * 20))
  while [ -n "$_inmates" ] && [ $_rounds -gt -200 ]; do
    doze
    find_inmates
    _rounds=$((_rounds - 1))
    [ -z "$_inmates" ] || [ $_rounds -gt 0 ] || kill -9 $_inmates
  done
  post '- - emptied'
} 2>/dev/null

find_inmates() {
  _inmates=
  find_marked "HOLDFAST_SESSION=$_sid" ''
  for _one in $_found; do
    read_kinship "$_one"
    [ "$_session" = $$ ] || _inmates="$_inmates $_one"
  done
  [ "$_lead" != 0 ] || return 0
  find_members "$_lead" 0
  for _one in $_found; do
    contains "$_inmates" "$_one" || _inmates="$_inmates $_one"
  done
}

# ---------------------------------------------------------------------------------------------------------------------
# 8. follow, read, put, sweep

# ROOT SID JOB OUT ERR
follow() {
  open_job "$1" "$2" "$3" && is_number "$4" && is_number "$5" && is_spool "$3" || exit 2
  _options=
  for _try in '-s 0.05' '-s 1'; do
    if tail $_try -c +1 /dev/null 2>/dev/null; then
      _options=$_try
      break
    fi
  done
  # The streams are for the tails alone: what this shell has to say of one that was killed is no output of the job.
  exec 3>&2 2>/dev/null
  follow_stream "$_jobs/$3.out" "$4" 3>&- &
  _out_tail=$!
  follow_stream "$_jobs/$3.err" "$5" >&3 3>&- &
  _err_tail=$!
  # KILL: a child of mksh that has just been made, and has not begun its command yet, forgets a TERM.
  trap 'kill -9 $_out_tail $_err_tail; exit 0' TERM HUP INT
  while read -r _line; do :; done
  kill -9 $_out_tail $_err_tail
}
follow_stream() {
  until [ -e "$1" ]; do doze; done
  exec tail $_options -c "+$(($2 + 1))" -f "$1"
}

# ROOT SID JOB out|err OFFSET MAX. Whole blocks first, because a tail may read everything before its offset.
read_stream() {
  open_job "$1" "$2" "$3" && is_number "$5" && is_number "$6" && is_spool "$3" || exit 2
  case $4 in out | err) ;; *) exit 2 ;; esac
  _skip=$(($5 / 65536)) _trim=$(($5 % 65536))
  dd if="$_jobs/$3.$4" bs=65536 skip=$_skip count=$(((_trim + $6 + 65535) / 65536)) 2>/dev/null |
    tail -c +$((_trim + 1)) | head -c "$6"
}

# ROOT SID JOB script|in|in.OFFSET SIZE
put() {
  open_job "$1" "$2" "$3" && is_number "$5" || refuse 'badid put ROOT SID JOB WHAT SIZE'
  case $4 in
    script) _file=$_jobs/$3.sh ;;
    in) _file=$_jobs/$3.in ;;
    in.*) is_number "${4#in.}" && _file=$_jobs/$3.$4 || refuse 'badid an offset is a number' ;;
    *) refuse 'badid put stores script, in or in.OFFSET' ;;
  esac
  [ -d "$_jobs" ] || refuse 'internal there is no such session'
  umask 077
  _part=$_dir/put.$$
  trap 'rm -f "$_part"; exit 1' TERM HUP INT
  _error=$(exec 2>&1 && head -c "$5" >"$_part")
  if [ -z "$_error" ] && [ $(($(wc -c <"$_part"))) -eq "$5" ] && mv -f "$_part" "$_file"; then
    say OK
  else
    rm -f "$_part"
    refuse "$(kind_of "$_error") the bytes could not be stored"
  fi
}

open_job() {
  find_root "$1"
  is_id "$2" && is_id "$3" && use_session "$2"
}

# A limited job's streams are FIFOs, and their reader is the gate.
is_spool() { [ ! -p "$_jobs/$1.out" ]; }

# ROOT DAYS
sweep() {
  is_number "$2" || refuse 'badid sweep ROOT DAYS'
  find_root "$1"
  read_boot
  [ -d "$_root/s" ] && check_root || exit 0
  find "$_root/t" -type f -mtime "+$2" -exec rm -f {} +
  for _dir in "$_root"/s/*; do
    is_id "${_dir##*/}" || continue
    use_session "${_dir##*/}"
    _owner_boot=
    find_fate
    case $_fate in alive) continue ;; esac
    # Old when nothing in it was begun for that long.
    [ -n "$(find "$_dir" -prune -mtime "+$2")" ] || continue
    [ ! -d "$_jobs" ] || [ -n "$(find "$_jobs" -prune -mtime "+$2")" ] || continue
    rm -rf "$_dir"
  done
  say OK
}

# ---------------------------------------------------------------------------------------------------------------------
# 9. The role of this process

case ${1-} in
  attach | follow | put | sweep | supervise)
    _role=$1
    shift
    "$_role" "$@"
    ;;
  read)
    shift
    read_stream "$@"
    ;;
  *)
    say 'REFUSED internal unknown command'
    exit 2
    ;;
esac
