# A minimal /dev for a root file system of its own, as a container has it. Sourced by programs that set up such a system.
# shellcheck shell=bash

# mount_devices ROOT
mount_devices() {
    local node
    mount -t tmpfs -o mode=755 dev "$1/dev"
    for node in 'null 3' 'zero 5' 'full 7' 'random 8' 'urandom 9'; do
        mknod -m 666 "$1/dev/${node% *}" c 1 "${node#* }"
    done
    mknod -m 666 "$1/dev/tty" c 5 0
    mkdir "$1/dev/pts" "$1/dev/shm" "$1/dev/mqueue"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$1/dev/pts"
    mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
    ln -s pts/ptmx "$1/dev/ptmx"
    ln -s /proc/self/fd "$1/dev/fd"
    ln -s fd/0 "$1/dev/stdin"
    ln -s fd/1 "$1/dev/stdout"
    ln -s fd/2 "$1/dev/stderr"
}
