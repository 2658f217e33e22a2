/* cli/main.c - the program. */
#include <stdio.h>

#include "cli/cmd.h"

int main(int argc, char **argv)
{
    return ot_main(argc, argv, stdout, stderr);
}
