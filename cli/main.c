/* cli/main.c - the program. */
#include <stdio.h>

#include "cli/cmd.h"
#include "core/mem.h"

int main(int argc, char **argv)
{
    ot_mem_keep_freed();
    return ot_main(argc, argv, stdout, stderr);
}
