"""Every defect that the survey of schedulers reproduced or found reported, and its answer here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Thread:
    """One defect or wish, as reported upstream.

    Attributes:
        name: the thread, or what it would be called.
        tests: `file::test` under tests/ that show it, and what lehr does in the same situation.
        elsewhere: why there is none here; empty where `tests` are.
    """

    name: str
    tests: tuple[str, ...] = ()
    elsewhere: str = ""


def _torch(file: str, **found: str) -> tuple[Thread, ...]:
    return tuple(
        Thread(name=name, tests=(f"traps/test_torch_{file}.py::test_{test}",))
        for test, name in found.items()
    )


TORCH: tuple[Thread, ...] = (
    *_torch(
        "resume",
        pytorch_162591_a_sequence_resumed_by_last_epoch="pytorch#162591",
        pytorch_119168_a_scheduler_constructed_after_loading="pytorch#119168",
        pytorch_29697_the_schedulers_state_alone="pytorch#29697",
        pytorch_156846_a_new_lr_on_resume="pytorch#156846, pytorch/examples#816",
        insightface_2143_a_longer_horizon="insightface#2143, OneTrainer#1604, flair#1824",
        a_finished_cosine_that_is_extended="a cosine stuck at 0 after a forced T_max",
        pytorch_88791_warm_restarts_resumed_by_last_epoch="pytorch#88791",
        transformers_21689_a_schedule_that_is_a_function="transformers#21689, real-world-sr#15",
        a_scheduler_that_is_constructed_twice="side effects of the constructor",
    ),
    *_torch(
        "composition",
        pytorch_184517_a_closed_form_of_ones_own="pytorch#184517",
        pytorch_196243_a_sequence_that_begins_with_a_sequence="pytorch#196243",
        pytorch_132745_a_sequence_that_ends_with_a_sequence="a later phase (cf. pytorch#132745)",
        pytorch_68978_a_plateau_in_a_sequence="pytorch#68978, #110761",
        pytorch_129565_a_chain_is_a_product="pytorch#129565, and two more chains",
        one_cycle_in_a_sequence="OneCycleLR in SequentialLR",
        milestones_that_do_not_ascend="SequentialLR's milestones",
    ),
    *_torch(
        "ends",
        pytorch_38170_a_step_past_the_end="pytorch#38170, GrowSP#11, PiFold#6, neural_prophet#828",
        pytorch_91765_the_customary_last_step="pytorch#91765",
        pytorch_180187_a_phase_of_no_length="pytorch#180187",
        pytorch_47560_the_floor_of_warm_restarts="pytorch#47560",
        restarts_on_a_whole_step="CosineAnnealingWarmRestarts.step(1210)",
        a_ramp_of_no_steps="LinearLR(total_iters=0)",
        a_milestone_between_two_steps="MultiStepLR(milestones=[2.5])",
        a_floor_above_the_lr_of_a_group="CosineAnnealingLR(eta_min=…) with groups",
        a_long_run_with_a_tensor_lr="CosineAnnealingLR with a tensor lr",
    ),
    *_torch(
        "use",
        pytorch_79888_a_group_that_is_added_later="pytorch#79888, #53712",
        pytorch_31871_get_lr_outside_of_step="pytorch#31871, #49885",
        pytorch_44511_a_first_update_that_was_skipped="pytorch#44511, lightning#21339, #5558",
        pytorch_47513_a_plateau_of_a_negative_metric="pytorch#47513, #38622",
        an_lr_that_is_written_from_outside="a manual edit of the lr",
    ),
    Thread(
        name="pytorch#22343, #83159, #53718",
        tests=(
            "adapters/test_torch_scheduler_values.py"
            "::test_pytorch_22343_momentum_betas_and_weight_decay_are_scheduled",
        ),
    ),
    Thread(
        name="pytorch#67761, #63488, #101082",
        tests=(
            "adapters/test_torch_scheduler_values.py"
            "::test_pytorch_67761_groups_by_name_have_plans_of_their_own",
        ),
    ),
)
"""PyTorch's own: what is reproduced with 2.13, and the two wishes most often repeated."""

_FEEDBACK = "closed loop: there is no feedback here yet; ports refuse it and say so"
_FINDER = "an lr finder: there is none here, choosing trains whole schedules"

OTHERS: tuple[Thread, ...] = (
    Thread(name="optax#1767", elsewhere=_FEEDBACK),
    Thread(
        name="optax#1744",
        elsewhere="schedule_free's own count, which begins at 1 for any schedule; "
        "check LR063 speaks against a decay under it",
    ),
    Thread(name="optax#835", elsewhere="names of arguments"),
    Thread(
        name="optax#206, #363, elegy#124",
        tests=(
            "traps/test_optax.py::test_optax_206_the_lr_that_was_used",
            "traps/test_optax.py::test_optax_363_shares_and_epochs",
        ),
    ),
    Thread(
        name="optax#1426, #20",
        tests=("adapters/test_optax_schedule.py::test_a_plan_drives_several_hyperparameters",),
    ),
    Thread(
        name="tensorflow#36612, keras PR #8829",
        tests=("traps/test_keras.py::test_tensorflow_36612_two_that_set_the_lr",),
    ),
    Thread(
        name="tensorflow#49208, #47115",
        tests=("traps/test_keras.py::test_tensorflow_49208_a_later_epoch_to_begin_with",),
    ),
    Thread(
        name="tensorboard#4522, tensorflow#46248",
        tests=("traps/test_keras.py::test_tensorflow_46248_the_lr_in_the_logs",),
    ),
    Thread(
        name="tensorflow#45261",
        tests=("traps/test_keras.py::test_tensorflow_45261_a_whole_lr",),
    ),
    Thread(
        name="keras#16696",
        tests=(
            "adapters/test_keras_optimizers.py::test_a_compiled_step_uses_the_plan_of_every_update",
        ),
    ),
    Thread(
        name="keras: LearningRateScheduler swallows a TypeError",
        tests=("traps/test_keras.py::test_a_mistake_in_the_users_function",),
    ),
    Thread(
        name="transformers#34053, #27749, #23099, #4383",
        tests=(
            "traps/test_trainers.py::test_transformers_34053_a_resumed_run_with_another_horizon",
        ),
    ),
    Thread(
        name="transformers#34905",
        tests=(
            "traps/test_trainers.py::test_transformers_34905_a_wsd_without_the_length_of_its_decay",
        ),
    ),
    Thread(name="transformers#45168", elsewhere=_FEEDBACK),
    Thread(
        name="transformers#20029",
        tests=("traps/test_torch_use.py::test_pytorch_79888_a_group_that_is_added_later",),
    ),
    Thread(name="transformers#31222", elsewhere="the batch size is no number of an optimizer"),
    Thread(
        name="accelerate#2926, #2773, #2142, #1398, #662, #1382, diffusers#3954, LTX#67",
        tests=(
            "traps/test_trainers.py::test_accelerate_2926_a_scheduler_on_several_processes",
            "adapters/test_transformers_trainer.py"
            "::test_accelerate_on_two_processes_moves_the_schedule_once_an_update",
        ),
    ),
    Thread(
        name="lightning#5631, #6948, #20436, PR #19774, pytorch#65417",
        tests=(
            "traps/test_trainers.py::test_lightning_5631_what_a_scheduler_is_stepped_by",
            "adapters/test_lightning_trainer.py"
            "::test_what_lightning_would_do_otherwise_is_an_error",
        ),
    ),
    Thread(name="lightning#12670, #6675, #14113, #21030, #16787, #21757", elsewhere=_FINDER),
    Thread(name="lightning#21141, #14167, #14248, torch-lr-finder#106", elsewhere=_FINDER),
    Thread(
        name="timm#1242",
        tests=("traps/test_other_trainers.py::test_timm_1242_a_warmup_over_the_decay",),
    ),
    Thread(
        name="timm PR #2753, #2745",
        tests=("traps/test_other_trainers.py::test_timm_2753_a_milestone_one_step_early",),
    ),
    Thread(
        name="timm: lr 0 at the restart at t = 1210",
        tests=("traps/test_torch_ends.py::test_restarts_on_a_whole_step",),
    ),
    Thread(
        name="DeepSpeed#7303",
        tests=("traps/test_other_trainers.py::test_deepspeed_7303_an_lr_that_is_overridden",),
    ),
    Thread(
        name="DeepSpeed#4344, gpt-neox#1029",
        tests=(
            "traps/test_other_trainers.py::test_deepspeed_4344_param_groups_that_are_other_objects",
        ),
    ),
    Thread(
        name="DeepSpeed#8142, PR #5287",
        tests=(
            "traps/test_other_trainers.py::test_deepspeed_8142_a_warmup_that_takes_the_whole_run",
        ),
    ),
    Thread(
        name="Megatron#1138, #1284",
        tests=(
            "traps/test_other_trainers.py::test_megatron_1138_a_peak_that_is_changed_on_resume",
        ),
    ),
    Thread(
        name="Megatron#7468",
        tests=(
            "traps/test_other_trainers.py::test_megatron_7468_the_weight_decay_of_the_first_update",
        ),
    ),
    Thread(
        name="verl#7953/#7954, miles#1627, AReaL#1289, Megatron-Bridge#2609",
        tests=(
            "traps/test_torch_resume.py::test_pytorch_29697_the_schedulers_state_alone",
            "adapters/test_torch_advance.py"
            "::test_applied_counts_updates_however_often_step_is_called",
        ),
    ),
    Thread(
        name="composer#3941",
        tests=("traps/test_other_trainers.py::test_composer_3941_a_warmup_that_is_scaled",),
    ),
    Thread(
        name="composer#1077",
        tests=("traps/test_other_trainers.py::test_composer_1077_a_run_that_is_all_warmup",),
    ),
    Thread(
        name="mmengine#1542, mmdetection#6572, #6540",
        tests=(
            "traps/test_torch_resume.py::test_pytorch_119168_a_scheduler_constructed_after_loading",
        ),
    ),
    Thread(
        name="ignite#438, #1913",
        tests=(
            "adapters/test_torch_scheduler_values.py"
            "::test_pytorch_22343_momentum_betas_and_weight_decay_are_scheduled",
        ),
    ),
    Thread(
        name="fastai PR #3073, #3653",
        tests=(
            "adapters/test_torch_scheduler_resume.py::test_every_recipe_of_the_catalog_resumes",
        ),
    ),
    Thread(
        name="schedule_free#48, #22, #15, accelerate PR #4161",
        elsewhere="weights, not a schedule: the optimizer's eval() before a checkpoint is taken",
    ),
    Thread(
        name="mlx#2617",
        tests=("traps/test_other_trainers.py::test_mlx_2617_a_decay_that_begins_in_the_warmup",),
    ),
    Thread(
        name="torchtitan PR #4168, #1010",
        tests=(
            "traps/test_torch_resume.py::test_pytorch_29697_the_schedulers_state_alone",
            "traps/test_other_trainers.py::test_torchtitan_1010_a_decay_of_no_steps",
        ),
    ),
    Thread(
        name="tt-metal#56027, sparsify#62",
        elsewhere="a Scheduler is of one optimizer; that another has none is not noticed",
    ),
    Thread(
        name="skorch#266, vortex#13, sd_dreambooth#724, mmengine PR #267",
        tests=(
            "adapters/test_torch_scheduler_values.py::test_every_update_uses_the_value_of_its_step",
        ),
    ),
)
"""Other libraries' and trainers': every thread that the survey lists, newest versions of 2026."""

THREADS = (*TORCH, *OTHERS)
