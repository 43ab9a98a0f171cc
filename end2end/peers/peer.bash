# Sourced by the launchers beside it; not run by itself.
#
# A launcher prepares its server, starts `watch_over` and then becomes the server by `exec`: the pid that the test spawned is
# the server's own. One line, `ready`, comes on standard output when the server answers; standard output closes without it
# when the server could not start, and the reason is on standard error. The server ends with whoever started the launcher,
# however that process ended.

parent=$PPID

# Waits without starting a process for each wait: a read from a pipe that nobody writes to.
exec {nothing}<> <(:)
pause() { read -rt "$1" -u "$nothing" || true; }

# watch_over LOG PROBE...: says `ready` once PROBE succeeds, and stays behind to end the server when the parent is gone.
# Runs detached, so that it is not a child which the server never asked for.
watch_over() {
  local log=$1 server=$$
  shift
  (
    (
      for ((tries = 0; tries < 600; tries++)); do
        if "$@" >/dev/null 2>&1; then
          echo ready
          break
        fi
        if ! kill -0 "$server" 2>/dev/null; then
          echo "${0##*/}: the server ended before it answered; its log $log says:" >&2
          tail -n 20 "$log" >&2
          exit 1
        fi
        pause 0.05
      done
      exec >/dev/null 2>&1
      while kill -0 "$parent" 2>/dev/null && kill -0 "$server" 2>/dev/null; do pause 0.5; done
      kill "$server" 2>/dev/null
    ) &
  )
}

# need PROGRAM PACKAGE: stops with a sentence when a program is missing.
need() {
  command -v "$1" >/dev/null || {
    echo "${0##*/}: $1 is not installed (Debian package: $2)." >&2
    exit 1
  }
}

export PATH=$PATH:/usr/sbin
