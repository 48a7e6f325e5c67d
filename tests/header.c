/* The test is that include/pensel.h alone compiles without a warning, as strict C11 and as C++. */
#include "pensel.h"

int main(void)
{
    return pensel_version() == 0;
}
