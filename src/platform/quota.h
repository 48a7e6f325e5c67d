/* How much of the cores' time a container grants. */
#ifndef PENSEL_PLATFORM_QUOTA_H
#define PENSEL_PLATFORM_QUOTA_H

/* Cores' worth of time that the control groups of this process may use, of version 1 and 2: `docker
 * run --cpus 1.5` is 1.5. 0: as much as there is. The kernel's files are looked for under `root`,
 * "" for this system's own. */
double pensel_quota(const char *root);

#endif
