# All pictures, of whichever products are built.


rule figures:
    input:
        DATASET_FIGURES,
        MAP_FIGURES,
