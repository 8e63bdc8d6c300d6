"""Which files and folders are the parts of a data set, by their names."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from crossent.train.data import DataConfig, DataError, load
from crossent.train.data.sources.layout import find_layout, part_of

from ..files import class_folders, mask_folders, numbers_csv, write_image, write_text


@pytest.mark.parametrize(
    ("name", "part"),
    [
        *((name, "train") for name in ("train", "Training", "training_set", "seg_train", "train2017", "训练集")),
        *((name, "val") for name in ("val", "Validation", "valid_set", "dev", "val2017", "imagenet-val", "验证")),
        *((name, "test") for name in ("test", "Testing", "testing", "test_set", "mnist_test", "testannot", "测试集")),
        *((name, None) for name in ("cat", "latest", "contest", "trains", "train_test", "attestation", "device")),
    ],
)
def test_names(name: str, part: str | None) -> None:
    found = part_of(name)
    assert (found and found[0]) == part


def notes(path: Path) -> list[str]:
    return find_layout(path).notes


def parts(path: Path) -> dict[str, str]:
    return {part: place.path.relative_to(path).as_posix() for part, place in find_layout(path).parts.items()}


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("training_set", "test_set"),
        ("Training", "Testing"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("archive/data/train", "archive/data/test"),
    ],
)
def test_folders_are_parts(tmp_path: Path, train: str, test: str) -> None:
    class_folders(tmp_path / train)
    class_folders(tmp_path / test, count=5)
    data = load(DataConfig(str(tmp_path)))
    assert data.schema.classes == ("cat", "dog")
    assert (len(data.test), len(data.train) + len(data.val)) == (10, 24)
    assert any("(test)" in note for note in data.census.warnings) == (train != "archive/data/train")


def test_a_folder_of_a_part_may_hold_one_file(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "Training" / "from_2012_to_2014.csv")
    numbers_csv(tmp_path / "Testing" / "from_2015.csv", rows=20)
    write_text(tmp_path / "Testing" / "README.md", "about")
    data = load(DataConfig(str(tmp_path)))
    assert (len(data.test), len(data.train) + len(data.val)) == (20, 60)
    assert "files and folders left out: README.md" in data.census.warnings


def test_files_are_parts(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "train.csv")
    numbers_csv(tmp_path / "testing.csv", rows=20)
    write_text(tmp_path / "README.md", "about")
    data = load(DataConfig(str(tmp_path)))
    assert len(data.test) == 20
    assert "taken by their names: train.csv (train), testing.csv (test)" in data.census.warnings
    assert "files and folders left out: README.md" in data.census.warnings


def test_masks_beside_their_images(tmp_path: Path) -> None:
    for part, count in (("train", 12), ("val", 4), ("test", 5)):
        mask_folders(tmp_path / "made", count=count)
        (tmp_path / "made" / "images").rename(tmp_path / part)
        (tmp_path / "made" / "masks").rename(tmp_path / f"{part}annot")
    (tmp_path / "made").rmdir()
    data = load(DataConfig(str(tmp_path)))
    assert data.schema.task == "segmentation"
    assert [len(part) for part in (data.train, data.val, data.test)] == [12, 4, 5]


def test_parts_inside_of_images_and_masks(tmp_path: Path) -> None:
    for part, count in (("train", 12), ("val", 4)):
        mask_folders(tmp_path / "made", count=count)
        for name in ("images", "masks"):
            (tmp_path / "set" / name).mkdir(parents=True, exist_ok=True)
            (tmp_path / "made" / name).rename(tmp_path / "set" / name / part)
    data = load(DataConfig(str(tmp_path / "set")))
    assert (data.schema.task, len(data.val)) == ("segmentation", 4)


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    class_folders(tmp_path, classes=("bus", "car", "train"))
    assert load(DataConfig(str(tmp_path))).schema.classes == ("bus", "car", "train")


def test_a_test_part_beside_the_classes(tmp_path: Path) -> None:
    class_folders(tmp_path)
    class_folders(tmp_path / "test", count=3)
    data = load(DataConfig(str(tmp_path)))
    assert (data.schema.classes, len(data.test)) == (("cat", "dog"), 6)


def test_what_is_beside_the_parts_is_named(tmp_path: Path) -> None:
    for name in ("train", "test", "extra"):
        class_folders(tmp_path / name, count=8)
    assert "files and folders left out: extra/" in load(DataConfig(str(tmp_path))).census.warnings


@pytest.mark.parametrize("names", [("learn", "exam"), ("fold1", "fold2"), ("all", "test")])
def test_folders_that_look_like_parts_are_not_guessed(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        class_folders(tmp_path / name)
    with pytest.raises(DataError, match=r"write (for example )?crossent fit \S+ --data\.test \S+"):
        load(DataConfig(str(tmp_path)))


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    class_folders(tmp_path)
    (tmp_path / "bird").mkdir()
    assert "folders without anything to read: bird" in load(DataConfig(str(tmp_path))).census.warnings


def test_parts_of_two_kinds(tmp_path: Path) -> None:
    class_folders(tmp_path / "train")
    numbers_csv(tmp_path / "test.csv")
    with pytest.raises(DataError, match="the test part holds rows of a table, the training part images; all parts"):
        load(DataConfig(str(tmp_path)))


def test_two_parts_of_one_name_are_an_error(tmp_path: Path) -> None:
    for name in ("train_a", "train_b", "test"):
        class_folders(tmp_path / name)
    with pytest.raises(DataError, match="both train_a and train_b are the train part"):
        load(DataConfig(str(tmp_path)))


def test_the_plain_name_wins(tmp_path: Path) -> None:
    for name in ("train.csv", "test.csv", "test_labels.csv"):
        numbers_csv(tmp_path / name)
    assert parts(tmp_path) == {"train": "train.csv", "test": "test.csv"}
    assert notes(tmp_path) == ["files and folders left out: test_labels.csv"]


def test_an_unlabelled_test_part_is_predicted_and_not_measured(tmp_path: Path) -> None:
    class_folders(tmp_path / "train")
    for number in range(5):
        write_image(tmp_path / "test" / f"{number}.png", np.full((16, 16, 3), 50 * number, np.uint8))
    data = load(DataConfig(str(tmp_path)))
    assert (len(data.test), data.unlabelled and len(data.unlabelled)) == (0, 5)
    assert data.census.rows["test"] == 0
    assert any("the test part has no labels: there will be no test figures" in line for line in data.census.warnings)


def test_a_table_without_the_target_is_an_unlabelled_test_part(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "train.csv")
    write_text(tmp_path / "test.csv", "x,z\n1,2\n3,4\n")
    data = load(DataConfig(str(tmp_path)))
    assert data.unlabelled is not None
    assert data.unlabelled.ids[0] == "test.csv:2"


def test_a_validation_part_needs_labels(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "train.csv")
    write_text(tmp_path / "val.csv", "x,z\n1,2\n3,4\n")
    with pytest.raises(DataError, match=r"the val part \(val\.csv\) has no labels \(column 'label'\)"):
        load(DataConfig(str(tmp_path)))


def test_test_folders_of_other_classes_are_refused(tmp_path: Path) -> None:
    class_folders(tmp_path / "train")
    class_folders(tmp_path / "test", classes=("bus", "car"))
    with pytest.raises(DataError, match=r"none of its folders \(bus, car\) is one of the classes \(cat, dog\)"):
        load(DataConfig(str(tmp_path)))


def test_pipes_and_links_that_lead_back_are_no_data(tmp_path: Path) -> None:
    class_folders(tmp_path)
    # Followed, two links in each of two folders would be walked some 2^40 times.
    for number in range(2):
        (tmp_path / "cat" / f"a{number}").symlink_to("../dog")
        (tmp_path / "dog" / f"b{number}").symlink_to("../cat")
    os.mkfifo(tmp_path / "cat" / "pipe.png")
    (tmp_path / "dog" / "gone.png").symlink_to("nowhere")
    assert sum(load(DataConfig(str(tmp_path))).census.rows.values()) == 72
