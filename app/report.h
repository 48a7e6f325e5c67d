/* --report FILE.html: what fit found, as one page that needs nothing else. */
#ifndef PENSEL_APP_REPORT_H
#define PENSEL_APP_REPORT_H

#include "pensel.h"

#include <glib.h>
#include <stdbool.h>

typedef struct pensel_report_facts {
    const pensel_table_model *model; /* that was trained in this process */
    const pensel_columns *columns;   /* the table it was trained on */
    const char *table, *save;        /* names of the files */
} pensel_report_facts;

pensel_status pensel_report_write(const char *path, const pensel_report_facts *facts,
                                  pensel_error *error);

/* Parts of the page; each adds cards, or nothing if it does not apply. */
void pensel_report_open(GString *page, const char *title, const char *about, bool wide);
void pensel_report_close(GString *page);
void pensel_report_curve(GString *page, const pensel_report_facts *facts);
void pensel_report_confusion(GString *page, const pensel_report_facts *facts);
void pensel_report_calibration(GString *page, const pensel_report_facts *facts);
void pensel_report_errors(GString *page, const pensel_report_facts *facts);
void pensel_report_importance(GString *page, const pensel_report_facts *facts);
pensel_status pensel_report_dependence(GString *page, const pensel_report_facts *facts,
                                       pensel_error *error);
pensel_status pensel_report_boundary(GString *page, const pensel_report_facts *facts,
                                     pensel_error *error);

/* Columns of the schema, those that matter most first; g_free. */
size_t *pensel_report_order(const pensel_table_model *model);

#endif
