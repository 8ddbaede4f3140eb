/* A disk that forgets what was not synced. Loaded with LD_PRELOAD: each fsync or fdatasync of a file in $POWER_LIVE keeps
   a copy of it in $POWER_DISK; the sync of that folder makes the removal of names last. It reads through the descriptor
   that is given: to open the file once more and close it would undo SQLite's locks. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int keep(int fd) {
    const char *live = getenv("POWER_LIVE"), *disk = getenv("POWER_DISK");
    char path[PATH_MAX] = "", from[2 * PATH_MAX], to[2 * PATH_MAX], block[65536];
    struct stat is;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    if (readlink(from, path, sizeof path - 1) < 0 || strncmp(path, live, strlen(live)) || fstat(fd, &is)) return 0;
    if (S_ISDIR(is.st_mode)) {
        DIR *names = opendir(disk);
        for (struct dirent *entry; (entry = readdir(names));) {
            snprintf(from, sizeof from, "%s/%s", live, entry->d_name);
            snprintf(to, sizeof to, "%s/%s", disk, entry->d_name);
            if (access(from, F_OK)) unlink(to);
        }
        return closedir(names);
    }
    snprintf(from, sizeof from, "%s/.half", disk);
    snprintf(to, sizeof to, "%s/%s", disk, strrchr(path, '/') + 1);
    int copy = open(from, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    off_t at = 0;
    for (ssize_t n; (n = pread(fd, block, sizeof block, at)) > 0; at += n)
        if (write(copy, block, n) != n) abort();
    close(copy);
    return rename(from, to);
}

int fsync(int fd) { return keep(fd); }
int fdatasync(int fd) { return keep(fd); }
