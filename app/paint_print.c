/* What `pensel paint` says when it is done. */
#include "text_grid.h"
#include "paint.h"

#include <glib.h>
#include <math.h>

static void print_picture(const pensel_paint_job *p, pensel_result *result)
{
    static const char *const kinds[] = {"", "grey", "grey with alpha", "RGB", "RGB with alpha"};
    const pensel_picture *o = &p->originals.images[0].picture;
    const pensel_network *network =
        pensel_estimator_network(pensel_painting_estimator(p->painting));
    char *shape = pensel_layers_text(pensel_network_shape(network));
    char *parameters = pensel_text_count((double)pensel_network_parameter_count(network));
    if (p->originals.count > 1)
        pensel_result_line(result, "pictures", "%zu, side by side in the painting",
                           p->originals.count);
    const pensel_image *first = &p->originals.images[0];
    pensel_result_line(result, "picture", "%s, %zu x %zu, %d-bit %s", p->input, o->width, o->height,
                       first->bits, kinds[o->channels]);
    for (size_t i = 0; i < p->originals.count; i++)
        if (p->originals.images[i].pages > 1)
            pensel_result_line(result, "note", "%s has %zu pages or frames: the first is painted",
                               p->originals.paths[i], p->originals.images[i].pages);
    if (p->chosen[0]) pensel_result_line(result, "chosen", "%s", p->chosen);
    pensel_result_line(result, "network", "%s; %s parameters", shape, parameters);
    g_free(shape);
    g_free(parameters);
    pensel_result_text(result, "picture", p->input);
    pensel_result_count(result, "width", o->width);
    pensel_result_count(result, "height", o->height);
    pensel_result_count(result, "channels", o->channels);
    pensel_result_count(result, "pictures", p->originals.count);
    pensel_result_count(result, "bits", (uint64_t)first->bits);
    pensel_result_count(result, "pages", first->pages);
    pensel_result_text(result, "chosen", p->chosen[0] ? p->chosen : NULL);
    pensel_result_count(result, "parameters", pensel_network_parameter_count(network));
}

static double json_psnr(double psnr)
{
    return isinf(psnr) && psnr > 0 ? 999 : psnr;
}

/* Several pictures: each by itself. */
static void print_each(const pensel_paint_job *p, pensel_result *result)
{
    pensel_grid *grid = pensel_grid_new("lrr");
    pensel_value *list = pensel_value_array();
    for (size_t i = 0; i < p->originals.count; i++) {
        double psnr = NAN, ssim = NAN;
        if (pensel_originals_measure(&psnr, &ssim, &p->originals, &p->painted, i, NULL)) continue;
        pensel_grid_cell(grid, "%s", p->originals.paths[i]);
        if (isinf(psnr))
            pensel_grid_cell(grid, "exact");
        else
            pensel_grid_cell(grid, "%.2f dB", psnr);
        pensel_grid_cell(grid, "SSIM %.4f", ssim);
        pensel_value *entry = pensel_value_object();
        pensel_value_set(entry, "picture", pensel_value_text(p->originals.paths[i]));
        pensel_value_set(entry, "psnr", pensel_value_number(json_psnr(psnr)));
        pensel_value_set(entry, "ssim", pensel_value_number(ssim));
        pensel_value_append(list, entry);
    }
    char *text = pensel_grid_finish(grid, 2);
    if (p->originals.count > 1) pensel_result_block(result, text);
    g_free(text);
    pensel_result_json(result, "each", list);
}

/* An exact painting has an infinite PSNR, for which JSON has no word: 999 stands for it. */
static void print_quality(const pensel_paint_job *p, pensel_result *result)
{
    bool exact = isinf(p->psnr) && p->psnr > 0;
    if (exact)
        pensel_result_line(result, "PSNR", "every pixel is exact");
    else
        pensel_result_line(result, "PSNR", "%.2f dB", p->psnr);
    if (!isnan(p->ssim)) pensel_result_line(result, "SSIM", "%.4f", p->ssim);
    if (!isnan(p->accuracy)) {
        pensel_result_line(result, "accuracy", "%.2f %% of the pixels are in their class",
                           100 * p->accuracy);
        pensel_result_number(result, "accuracy", p->accuracy);
    }
    pensel_result_number(result, "psnr", json_psnr(p->psnr));
    pensel_result_flag(result, "exact", exact);
    pensel_result_number(result, "ssim", p->ssim);
}

int pensel_paint_print(pensel_paint_job *p)
{
    pensel_result *result = pensel_result_new();
    const pensel_report *report = pensel_estimator_report(pensel_painting_estimator(p->painting));
    print_picture(p, result);
    pensel_train_print(&p->train, result, report);
    if (p->weight) {
        if (p->soft_edge)
            pensel_result_line(result, "holes", "%zu pixels, %zu of them under soft edges",
                               p->holes, p->soft_edge);
        else
            pensel_result_line(result, "holes", "%zu pixels", p->holes);
        pensel_result_count(result, "holes", p->holes);
        pensel_result_count(result, "soft_edge", p->soft_edge);
    }
    print_quality(p, result);
    print_each(p, result);
    pensel_result_line(result, "painting", "%s", p->output);
    if (p->save) pensel_result_line(result, "model", "%s", p->save);
    if (p->compare) pensel_result_line(result, "compare", "%s", p->compare);
    if (p->neurons) pensel_result_line(result, "neurons", "%s", p->neurons);
    if (p->contours) pensel_result_line(result, "contours", "%s", p->contours);
    if (p->live.timelapse) pensel_result_line(result, "timelapse", "%s", p->live.timelapse);
    pensel_result_text(result, "painting", p->output);
    pensel_result_text(result, "model", p->save);
    pensel_result_text(result, "compare", p->compare);
    pensel_result_text(result, "neurons", p->neurons);
    pensel_result_text(result, "contours", p->contours);
    pensel_result_text(result, "timelapse", p->live.timelapse);
    return pensel_train_finish(&p->train, result, report);
}
