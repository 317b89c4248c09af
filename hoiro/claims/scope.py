"""Can evidence decide it? Opinions, politics, private persons, personal treatment and abuse are declined.

A small linear model over the words of the question and a few signs a person would look
for: health words, insults, "what should I take", somebody's name; where the engine's model
is there, also over what the question means. `train_scope.py` makes its weights; the lists
of signs below are for people to edit (then train again).
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hoiro.claims.scrub import PLACEHOLDERS, scrub
from hoiro.claims.urgent import Phrases, load, read, without_marks

Why = Literal["ok", "opinion", "politics", "private_person", "personal_medical", "non_health", "abuse"]
CLASSES: tuple[Why, ...] = get_args(Why)
Features = tuple[NDArray[np.int64], NDArray[np.float32], dict[str, int], bool]
# A checkable question turned away is worse than an opinion that reaches the desk.
OK_FROM = 0.35
# Where no word is of health, nor of what something does, the model must be sure that it is a claim after all.
_OK_WITHOUT_HEALTH = 0.5
_SURELY_NOT = 0.2
_LIKELY = 0.08
WEIGHTS = Path(__file__).with_name("scope_weights.npz")
WEIGHTS_WITH_MEANING = Path(__file__).with_name("scope_weights_with_meaning.npz")


@dataclass(frozen=True)
class Scope:
    """Whether the desk takes a question, and if not, why not."""

    ok: bool
    why: Why


def scope(text: str, meaning: NDArray[np.float32] | None = None) -> Scope:
    """A question, scrubbed or not. Text without any word is let through: nothing will match it.

    `meaning` is the engine's vector of the text, shape (384,). Without it mistakes are more by half.
    """
    found = features(text)
    if found is None:
        return Scope(True, "ok")
    why = decide(found, _chances(found, meaning))
    return Scope(why == "ok", why)


def decide(found: Features, chances: NDArray[np.float32]) -> Why:
    """The verdict on a question, given the model's chance of every class."""
    taken = float(chances[0])
    if taken < (_OK_WITHOUT_HEALTH if _says_nothing_of_health(found) else OK_FROM):
        for number in np.argsort(-chances[1:]) + 1:
            why = CLASSES[int(number)]
            if _says_nothing_of_health(found) or (chances[number] > _LIKELY and _has_reason(why, found, taken)):
                return why
    return "ok"


# --- signs -----------------------------------------------------------------------

# A phrase matches with its tone marks or without any; "!" at the end: only as it is written; "^": only at the
# beginning of a sentence; "…": up to four words between.
SIGNS = {
    "illness": """
        bệnh, ung thư, khối hạch, virus, vi rút, vi khuẩn, vi trùng, dịch, dịch bệnh, covid, cô vít,
        corona, f0, cúm, sởi, dại!, lao!, hiv, sida, si đa, viêm, nhiễm, nhiễm trùng, nhiễm khuẩn, lây,
        lây nhiễm, ngộ độc, độc, dị ứng, dị tật, sảy thai, vô sinh, hiếm muộn, đột quỵ, tai biến, tim
        mạch, huyết áp, tiểu đường, đái tháo đường, đường huyết, mỡ máu, cholesterol, gan, thận, phổi,
        dạ dày, đại tràng, ruột, xương, khớp, gút, gout, axit uric, loãng xương, hen!, suyễn, ho!, sốt,
        cảm, cảm lạnh, sổ mũi, viêm họng, viêm xoang, tiêu chảy, táo bón, trĩ, mụn, nám, chàm, vảy nến,
        ghẻ, nấm, giun, sán, thủy đậu, quai bị, tay chân miệng, sốt xuất huyết, sốt rét, bạch hầu, uốn
        ván, bại liệt, viêm gan, viêm phổi, lang ben, zona, giời leo, phong!, cùi!, thiếu máu, thiếu
        canxi, còi xương, suy dinh dưỡng, béo phì, thừa cân, giảm cân, tự kỷ, trầm cảm, mất ngủ, đau
        đầu, đau lưng, đau bụng, đau bụng kinh, chóng mặt, co giật, động kinh, bỏng, phỏng, rắn cắn,
        hóc, vàng da, rụng tóc, gàu, cận, cận thị, mù!, đau mắt, mỏi mắt, sâu răng, hôi nách, sẹo, dậy
        thì, dậy thì sớm, mang thai, có thai, bà bầu, thai, thai nhi, sau sinh, sinh mổ, đẻ mổ, đẻ
        thường, sinh thường, mất sữa, ốm nghén, kinh nguyệt, băng huyết, lú lẫn, teo não, mất trí nhớ,
        trí nhớ, suy thận, sỏi thận, sỏi, tàn nhang, say rượu, nghiện, cancer, tumor, tumour, disease,
        infection, infertility, infertile, infected, fever, flu, cold, colds, cough, measles, rabies,
        tetanus, hepatitis, aids, tb, tuberculosis, diabetes, blood pressure, blood sugar, heart,
        stroke, asthma, allergy, autism, depression, obesity, arthritis, kidney, liver, lungs, brain,
        bone, bones, joints, acne, eczema, headache, headaches, migraine, dementia, alzheimer's, memory
        loss, miscarriage, pregnant, pregnancy, baby, babies, poison, poisoning, poisonous, toxic,
        toxins, detox, immune, immunity, contagious, catch, infect, coronavirus, dengue, malaria, mpox,
        diarrhea, diarrhoea, constipation, ulcer, ulcers, reflux, seizure, burns, snakebite, jaundice,
        eyesight, insomnia, weight, weight loss, puberty, menopause, sperm, addictive, addiction, bị
        dại, chó dại, bệnh dại, phòng dại, bệnh lao, ho lao, bị lao, bị ho, ho có đờm, sxh, tđ, cao
        huyết áp, mất nước, thải độc, phóng xạ, nhiễm xạ, dậy sớm, chậm nói, mồ hôi trộm, mất trí, liệt
        mặt, liệt, méo miệng, méo mồm, tăng động, chậm phát triển, phát triển, đề kháng, bầu, mẹ bầu,
        bé, trẻ, trẻ em, trẻ sơ sinh, sơ sinh, trẻ nhỏ, em bé, chết ngạt, tóc, da, mắt, răng, móng, tay
        chân, kinh, máu, xuất huyết, ngực, họng, lưỡi, mũi, tai, bụng, vòng một, tinh trùng, yếu sinh
        lý, quan hệ, tình dục, triệt sản, gen, dna, mrna, antibody, symptoms, dehydration, teeth, skin,
        eyes, eye, hair, blood, throat, tumors, tumours, thyroid, cavities, knuckles, bites, bite,
        stings, germs, bacteria, parasites, worms, lice, dying, die, death, deaths, sick, illness, pain,
        sleep, concussion, radioactive, carcinogenic, alcoholism, anemia, iq, vết thương, vết cắn, vết
        bỏng, đứt lìa, fang, burn, burned, scald, thrush, blister, venom, bleed, bleeding, seizures, gãy
        xương, u bướu, bướu, ung bướu, thuốc giả, thực phẩm giả, hypertension, hypertensive, blisters,
        coxsackie, hfmd, tcm, cuff, phát ban, sốt phát ban, u não, điếc, điếc tai, câm, liệt dương, hạt
        xơ, dây thanh, giang mai, rôm sảy, hăm, chàm sữa, tiêu hóa, rối loạn, tic!, cong vẹo, vẹo cột
        sống, cột sống, đột tử, tử vong, tuổi già, lão hóa, tóc bạc, bạc tóc, hói, hói đầu, sinh lý,
        chửa, đẻ, bà đẻ, ở cữ, sản phụ, alcoholics, overweight, fat, obese, chickenpox, pox, smallpox,
        polio, poop, stool, urine, rash, sniffles, sneeze, sore throat, vitamin deficiency, deficiency,
        hormone, hormones, period, ovarian, cervical, prostate, stomach, gut, spine, back pain, knee,
        ear, hearing, wrinkles, aging, ageing, life expectancy, live longer, pandemic, epidemic,
        outbreak, viruses, pregnant women, newborn, infant, infants, toddler, toddlers, child's, breast,
        nails, gray hair, type o blood, blood group, blood groups, stye, shingles, ringworm, scabies,
        herpes, chlamydia, hpv, zika, nosebleed, nosebleeds, sprain, sting, stitches, thị lực, quai hàm,
        ruột thừa, amidan, u xơ, nang, tuyến giáp, cường giáp, bướu cổ, men gan, trào ngược, bao tử, thủ
        dâm, xuất tinh
    """,
    "care": """
        thuốc, thuốc nam, thuốc bắc, thuốc tây, kháng sinh, vắc xin, vaccine, vacxin, tiêm, tiêm phòng,
        tiêm chủng, chích, chích ngừa, uống, bôi, đắp, xông, ngâm chân, súc miệng, nhỏ mắt, châm cứu,
        giác hơi, cạo gió, bấm huyệt, mổ!, phẫu thuật, xét nghiệm, chụp, siêu âm, x quang, hóa trị, xạ
        trị, insulin, paracetamol, aspirin, ibuprofen, ivermectin, vitamin, canxi, kẽm, sắt!, omega,
        collagen, men!, thực phẩm chức năng, detox, thải độc, thanh lọc, giải độc, y tế, bác sĩ, bệnh
        viện, đông y, tây y, bảo hiểm y tế, khẩu trang, oresol, kính!, bao cao su, tránh thai, phá thai,
        hiến máu, nhóm máu, kháng thể, miễn dịch, đề kháng, sức khỏe, sức khoẻ, tuổi thọ, sống thọ, sống
        lâu, tác dụng phụ, cấm!, khuyến cáo, vaccines, vaccinated, vaccination, shot, shots, medicine,
        medication, pill, pills, drug, drugs, antibiotic, antibiotics, antidepressants, statins, chemo,
        herbal, herbs, supplement, supplements, zinc, calcium, iron, mask, masks, surgery, cure, cures,
        cured, treat, treats, treatment, prevent, prevents, heal, heals, remedy, therapy, health,
        healthy, healthier, unhealthy, doctor, hospital, side effects, birth control, breastfeeding,
        breast milk, formula, blood type, sunscreen, fluoride, radiation, boosters, booster, who!, vx,
        ks, test nhanh, que test, xét nghiệm nhanh, tiêm ngừa, mũi tiêm, mũi nhắc, toa thuốc, tắm, tắm
        lá, gội đầu, rửa tay, xà phòng, nằm than, ngâm, chườm, hà hơi, ép tim, garo, sơ cứu, cấp cứu, đi
        viện, bệnh nhân, điều dưỡng, y tá, điều trị, chữa bệnh, trị bệnh, bộ y tế, bhyt, khám bệnh, mũ
        bảo hiểm, tai nạn, chấn thương, thuốc muỗi, phun muỗi, chống nắng, kem đánh răng, nhuộm tóc,
        xăm, niềng răng, phơi nắng, ngủ, thức khuya, tập thể dục, đi bộ, đi chân đất, gym, yoga, thiền,
        điều hòa, quạt, màn, nano bạc, baking soda, jab, jabs, test, tests, sanitizer, soap, hand
        washing, handwashing, exercise, helmet, rehydration, ors, oral rehydration, tourniquet, steam,
        microchip, donate blood, air purifiers, hand dryers, remedies, cpr, first aid, ambulance, x-ray,
        x rays, ultrasound, sữa công thức, sữa bột, pha sữa, tablet, tablets, prescriptions,
        prescription, capsule, capsules, syrup, tylenol, platelet, transfusion, dentist, nurse, clinic,
        chiropractic, homeopathy, acupuncture, massage, abortion, abortions, hand dryer, copper, xà
        bông, khám thai, thai sản, giang mai, sùi mào gà, bệnh xã hội, an tử, bệnh viện công, xăm mình,
        xăm lông mày, nâng mũi, nội soi, chích chất nhờn, bó bột, bó mía, siro, thuốc lao, viêm lợi, bảo
        hiểm, gối, khẩu phần
    """,
    "food": """
        tỏi, gừng, nghệ, chanh, mật ong!, sả!, tía tô, lá!, lá ổi, lá vối, rau!, rau má, rau ngót, rau
        muống, củ!, quả!, trái!, hạt!, nấm, nước dừa, nước chanh, nước mía, nước muối!, muối!, đường!,
        giấm, dấm, sữa, sữa đậu nành, sữa chua, trà!, trà đá, trà sữa, cà phê, rượu, bia, thuốc lá!,
        thuốc lào, mì!, mì tôm!, mì gói, mì chính, bột ngọt, cơm!, gạo!, thịt, thịt bò, thịt gà, thịt
        chó!, cá!, tôm!, cua!, ốc!, hải sản, trứng, tiết canh, gỏi, đậu!, đậu phụ, mỡ!, dầu!, dầu ăn!,
        lò vi sóng!, sầu riêng, mít, nhãn!, dứa, thơm!, xoài!, đu đủ, mãng cầu, chuối, dưa!, cà chua,
        cần tây, rau cần, khoai!, yến!, tổ yến!, nhân sâm!, sâm!, linh chi, đông trùng, tam thất, mật
        gấu, cao hổ, ngải cứu, trinh nữ hoàng cung, diếp cá!, nha đam, hoa cúc, atiso, giảo cổ lam, an
        cung, ăn chay, nhịn ăn!, ăn!, bú!, sóng!, 5g, wifi, muỗi, mèo!, chó!, ong!, rắn!, gián!, garlic,
        ginger, turmeric, honey, lemon, salt, sugar, vinegar, milk, coffee, tea, alcohol, beer, wine,
        egg, eggs, meat, fish, shrimp, rice, noodles, soy, vegetables, fruit, pineapple, papaya, durian,
        banana, bananas, onion, onions, cinnamon, water, oil, coconut, eat, eating, drink, drinking,
        diet, vegan, vegans, vegetarian, fasting, organic, smoking, vaping, mosquito, mosquitoes, cat,
        cats, dog, dogs, bats, microwave, tattoo, nước lá, nước ép, nước lạnh, nước ấm, nước nóng, nước
        đá, uống nước, nước giếng, nước kiềm, mật cá, rau sống, ăn rau, ăn mặn, ăn ngọt, ăn tỏi, ăn tối,
        ăn nhiều, ăn kiêng, an nhieu, thịt lợn, thịt heo, heo, lợn, bánh, kẹo, măng, bưởi, cam, quýt,
        ổi, cá biển, cá nóc, cóc, bánh tráng, nước hầm xương, hạt chia, hạt điều, đồ nướng, đồ hộp, đồ
        ngọt, nước ngọt, nước mắm, hành, hành tây, rau mùi, bồ kết, ngải, lá lốt, chuột, dơi, gà, vịt,
        sóng điện thoại, ánh sáng xanh, xem điện thoại, nướng, phèn chua, kem, son, fluoride, seaweed,
        spinach, broccoli, carrots, tomatoes, celery, nuts, peanut, chocolate, cheese, butter, apple
        cider, papaya leaf, soursop, ginseng, herb, salt water, ramen, aspartame, msg, sweetener, tofu,
        gạo giả, gạo nhựa, lá cây, lá thuốc, thảo dược, cây thuốc, nấu chín, leaves, healer, tap water,
        sweets, gaming kids, thực phẩm, gạo, beers, junk food, raw milk, kale, superfood, copper cups,
        sweeteners, air fryer, air fryers, plastic, nhựa, hộp nhựa, nồi cơm, chảo chống dính, chất bảo
        quản, formol, hàn the, phở!, bún!, măng cụt, mầm đậu nành, đậu nành, khổ qua, mướp đắng, thịt
        vịt, gan lợn, gan heo, nước ion kiềm, lá sung, andrographis, seeds
    """,
    "effect": """
        gây, gây ra, gây hại, làm làm giảm, giúp, trị, chữa, chữa khỏi, khỏi bệnh, khỏi hẳn, hết bệnh,
        phòng ngừa, ngừa, ngăn, diệt, tiêu diệt, giảm, tăng cường, bổ máu, bổ gan, giải rượu, mát gan,
        có hại, hại, có lợi, tốt cho, có tốt, có độc, nguy hiểm, an toàn, tác dụng, hiệu quả, công dụng,
        lây qua, có lây, di truyền, biến chứng, nguy cơ, chết người, có được không, được không, sao
        không, có sao, kiêng, kỵ, mau khỏi, mau lành, cause, causes, linked to, lead to, raise, raises,
        lower, lowers, reduce, reduces, increase, damage, damages, harm, harmful, boost, boosts, kill,
        kills, safe, dangerous, spread, spreads, good for, bad for, ruin, affect, worse, better for, hạ
        huyết áp, hạ sốt, hạ đường, làm tan, tan sỏi, bị gì không, có bị, phòng bệnh, phòng được, có
        phòng, có làm, làm hại, có gây, gây bệnh, chết không, bổ não, bổ thận, có hết, có khỏi, có chết,
        có chữa, có trị, có giúp, chữa được, trị được, làm cho, mau hết, nguyên nhân, do thiếu, thiếu,
        risk of, help with, does it work, stop spreading, stop a, mau dài, mọc rậm, lây không, bẩn hơn,
        sạch hơn, hại hơn, khỏe hơn, tốt hơn, dễ chết, chết sớm, thông minh hơn, chóng lành, hết hẳn,
        trị dứt, làm sạch, more likely, attracted to, get cancer, make you sick, worse than, dirtier, is cleaner,
        less harmful, trigger, triggers, carry germs
    """,
    "asks": """
        đúng không, đúng ko, có đúng, có thật, thật không, phải không, có phải, nghe nói, nghe bảo, nghe
        đồn, người ta nói, có bằng chứng, bằng chứng, khoa học, số liệu, tin này, tin đồn, đúng hay sai,
        thật hay giả, có căn cứ, tin được không, chia sẻ, is it true, true or false, evidence, proof,
        research, study, studies, is it, myth, rumor, rumour, says, say, said, ^does, ^do, ^can, ^is,
        ^are, ^did, ^will, has, nghiên cứu, thiệt không, thiệt ko, thiệt hả, thiệt hong, đúng k, đúng
        hk, dk mn, đk mn, phải k, thật k, thật ko, that k, dung k, dung ko, phai ko, that ko, ko mn,
        không vậy, không ạ, không bác sĩ, thế nào, hả mn, xạo
    """,
    "open": """
        gì, nào, mấy viên, mấy lần, bao nhiêu, thế nào, sao vậy, sao ạ, sao bác sĩ, bị sao, hay nấm, là
        chàm, hay là, có nặng không, nặng không, có cần, có nên, được mấy, what, which, how many, how
        much, what's wrong, when should, who, where, kháng sinh nào, được mấy viên, bị sao vậy, đó là,
        có thai tự nhiên, hay chỉ, hay do, hay dị ứng, hay mụn, hay viêm, hay ung thư, hay zona, hay nội
        tiết, là có hay chưa, hay chưa, or just, or something
    """,
    "opinion": """
        nghĩ sao, thấy sao, nghĩ gì, ý kiến, quan điểm, theo ad, theo bạn, theo mọi người, đồng ý không,
        ad thấy, đáng không, có đáng, xứng đáng, nên không, vui hơn, ngon hơn, ngon nhất, đẹp hơn, xấu
        hơn, sướng hơn, giỏi hơn, sang hơn, dễ thương, đáng tin hơn, đáng trọng, cổ hủ, lạc hậu, ích kỷ,
        vô đạo đức, vô ý thức, ăn bám, cao thượng, kiêu, quá lên, nhìn có, nhìn xấu, có xấu, hợp tuổi,
        tha thứ, chồng ngoại tình, đi chơi, lấy chồng, lấy vợ, bỏ nghề, nghỉ việc, sinh con thứ, hàng
        nào, màu gì, xuất khẩu lao động, có vui, có minh nói đúng, đồng ý, do you think, what do you
        think, your opinion, in your opinion, your view, do you agree, don't you agree, selfish,
        annoying, rude, wrong to, immoral, morally, ashamed, prettier, pretty, ugly, arrogant, gross,
        deserve, would you rather, unfair, boring, favorite, favourite, beautiful, sexy, có kỳ không, kỳ
        không ta, có lố, có hư không, là ác, có nhục, bị ế, thích vị, thích hơn, dịch vụ cho sang, có
        sang, cho sang, tại lười, là lười, the best, worth paying, is it worth, just stupid, sound
        weird, should people, ad nghĩ, ad nghi sao, nghi sao, thay sao, thấy thế nào, nên hay không nên,
        có nên bỏ, có nên lấy, có nên nghỉ, có nên tha, có nên nghe, có nên sinh, có nên đẻ, nên sinh
        con, nên lấy chồng, có bền không, ai cũng than, không tự tin, bạn nghĩ, mọi người nghĩ, mn nghĩ,
        cả nhà nghĩ, cả nhà thấy, mn thấy, mọi người thấy, who makes, is it right to, is it ok to judge,
        should feel, trường quốc tế, học trường, có nên cho con học, có nên mua, có nên đặt tên, con thứ
        3, con thu 3, buồn cười không, đáng thương hơn, sung sướng, chill hơn, bad parents, vanity,
        proud of, awful, is it fair, do you like, just accept, người yếu đuối, khó tính không, giả tạo,
        thiếu suy nghĩ, kiểu nhật hay, ghê nhất, là việc của, vô tâm quá, có quá không, ấm cúng, có kỳ,
        thiếu văn hóa, ad cho ý kiến, cho ý kiến, sang chảnh, cái nào sang, khổ hơn, đáng yêu, đáng
        ghét, nên tin ai, còn y đức, y đức, như xưa không, nhà quê, sến, phèn!, quê mùa, đua đòi, hợp lý
        không, có công bằng, công bằng không, có bất công, có tàn nhẫn, có ích kỷ, có ác, là ích kỷ, là
        bất hiếu, bất hiếu, có phải là người tốt, có vô ơn, có hèn, có nhu nhược, nên trách, đáng trách,
        đáng khen, ai sai, ai đúng, lỗi của ai, có đáng mặt, chọn bên nào, nên ở với, sống với ai, nên
        về quê, nên đi làm, nên học ngành, học y hay, nghề nào, ngành nào, đẹp trai, đẹp gái, xinh hơn,
        hay hơn không, nào thú vị, tacky, tasteless, guilty, nicest, coolest, nicer, cuter, lazy
        parents, rudest, kinder, should feel guilty, is it cruel, is it selfish, is it mean, is it
        weird, weird to, embarrassing, trashy, cringe, more fun, which is better looking, overrated,
        underrated, is it disrespectful, disrespectful, is it okay to judge, morally wrong, evil, a good
        person, in your view, what's your take, your take, quá đáng, có quá đáng, lịch sự, mất lịch sự,
        ngại không, có ngại, ủng hộ hay phản đối, ủng hộ, phản đối, dữ tợn, du ton, nhàn hơn, cực hơn,
        oai!, cho oai, rình rang, phí tiền, lãng phí, có đáng tiền, insecurity, insecure, don't you
        think, vain, sign of weakness, weak people, polite, impolite, thấy kỳ, ai thấy kỳ, kỳ không,
        khinh người, coi trọng, được coi trọng, lười biếng, hèn nhát, lố lăng, làm màu, sĩ diện, bất
        lịch sự, hợp hơn, tử tế hơn, ai thấy, thấy sao ạ, lazy, creepy, silly, pathetic, ungrateful,
        spoiled, spoilt, snobbish, cowardly, respectable, look down on, more respected, phản cảm, chướng
        mắt, chướng tai, hở hang, mất mặt, nam tính, nữ tính, ẻo lả, gia trưởng, đạo đức giả, giả trân,
        đáng xấu hổ, coi có kỳ, nhìn kỳ, thấy ghê, có tệ không, có tệ quá, sai trái, yếu đuối, manly,
        unmanly, less manly, feminine, masculine, what u think, do u think, what do u think, u think,
        thoughts on, agree with me, classier, classy, bad manners, good manners, sexier, attractive,
        less attractive, wrong to put, bad mother, good mother, bad father, attention seekers, do you
        prefer, you prefer, u prefer, would you prefer, có vô tâm, có vô trách nhiệm, thấy đúng không,
        thấy dung hong, de thuong hon, dễ thương hơn, coi thường, nói xấu, có kỳ cục, kỳ cục, childish,
        snob, snobs, cheap looking, vô duyên, quá hư, hư luôn, mất nết, hư hỏng, thiếu nghiêm túc, mất
        giống nòi, vô trách nhiệm, độc ác, tàn nhẫn, hèn quá, làm quá, sống ảo, thanh lịch hơn, lười
        không, đàn ông mà, đàn bà mà, con gái mà, con trai mà, bà bầu mà, obey, make better, better
        wives, bad husbands, good husbands, should a wife, should a husband, should a man, should a
        woman, be honest, narcissists, selfies, who is nicer, or what, vô lý, có tệ, là tệ, tệ quá,
        không ra gì, chẳng ra gì, xấu tính, tốt tính, đáng chê, khoe khoang, keo kiệt, nhẫn tâm, bạc
        bẽo, thiếu tôn trọng, có tôn trọng, lạnh lùng, dễ dãi, khó ưa, uncool, cool to, shameful,
        hypocrite, hypocritical, cheesy, lame, obnoxious, unethical, moral, immodest, slutty, classless,
        worth it, good taste, bad taste, looks better, better looking, more beautiful, more fun than,
        bad wives, good wives, real man, real men, real women
    """,
    "politics": """
        đảng!, đảng phái, bầu cử, bỏ phiếu, phiếu bầu, cử tri, ứng viên, tổng thống, chủ tịch nước, chủ
        tịch tỉnh, chủ tịch, bộ trưởng, thủ tướng, quốc hội, chính quyền, chính trị, lãnh đạo, lật đổ,
        biểu tình, tham nhũng, hối lộ, ăn hối lộ, quan chức, bí thư, phe!, phe nào, chiến tranh, xâm
        lược, xung đột, cách mạng, cộng hòa, dân chủ!, đa đảng!, nga!, ukraine, israel, palestine, đài
        trung đông, hoàng sa, trường sa, thu hồi đất, đất đai, luật nghĩa vụ quân sự, từ chức, nhiệm kỳ,
        thống trị, âm mưu, công an, ủy ban nhân dân, việt á, kit test, nước nào, đánh kinh tế, ghế!,
        tranh cử, bôi nhọ, đàn áp, party, election, elections, vote, voted, prime minister, minister,
        politician, politicians, parliament, democrats, republicans, communism, capitalism, corrupt,
        overthrown, overthrow, regime, invade, immigrants, deported, protest, ruling, mayor, congress,
        punished, taiwan, russia, politics, đảng nào, dang nao, đảng cầm quyền, dang cam quyen, một
        đảng, phe phái, chế độ này, chế độ cũ, chế độ mới, chính phủ, nhà nước, nha nuoc, government,
        the war, start the war, president, plot by, tập cận bình, putin, trump, biden, bầu ai, bỏ phiếu
        cho, phiếu cho, lo cho dân, lợi cho dân, có lợi cho ai, tranh giành, tình báo, gián điệp, to win
        the election, nghị quyết, luật đất, luật mới, luật thuế, the new law, luật này, ăn hết, chia
        chác, khống chế, điều khiển who, thống trị thế giới, về chính trị, làm tổng, thân trung, thân
        mỹ, phản động, việt tân, cờ vàng, nam bắc, quốc gia nào đúng, bá chủ, tự do không, sáp nhập, đảo
        chính, dao chinh, thân ai, theo mỹ hay, lợi ích nhóm, ăn tiền, ăn chặn, chính phủ kém, do ai mà,
        theo mỹ, theo trung quốc, theo tàu, phe cánh, quan lớn, quan to, bộ trưởng mới, ông bộ trưởng,
        thủ tướng nào, ông chủ tịch, bí thư tỉnh, sân sau, chạy chức, đảng viên, opposition, president
        resign, resign, scandal, senator, congressman, governor, the ruling, left wing, right wing,
        liberals, conservatives, socialist, dictator, sanctions, government lying, coup, impeach, better
        president, ủy ban, ủy ban tỉnh, hỗ trợ covid, tiền hỗ trợ, khóa tới, làm bộ trưởng, đáng làm,
        cán bộ, tham ô, nghị sĩ, ông nghị, bà nghị, dân biểu, đại biểu quốc hội, mị dân, dân túy, phát
        ngôn, tranh chấp, biển đông, bien dong, của ai, thanh trừng, đấu đá, móc túi dân, đấu tranh
        quyền lực, thương chiến, populism, populist, re-elected, tariffs, tariff, propaganda, puppet of,
        lobbyists, left-wing, right-wing, mp!, lawmaker, lawmakers, senators, the bill, territory,
        sovereignty, chủ quyền, trong sạch, hoa hồng, ngàn tỷ, tham nhũng không, làm thủ tướng, khóa
        sau, leo lên ghế, kỷ luật, trung ương, sở y tế tỉnh, refugees, too old to rule, hiding how, hate
        farmers, liberals hate, corrupt politicians, nhóm lợi ích, đứng sau vụ, chống lưng, pharma
        money, lobby, lobbying, campaign, impeached, deep state
    """,
    "neighbour": """
        hàng xóm, đầu ngõ, cuối hẻm, đầu hẻm, trong hẻm, cuối xóm, xóm tôi, xóm trên, xóm em, xóm mình,
        ở xóm, gần nhà, cạnh nhà, kế bên, đầu chợ, trong xóm, lớp em, lớp con, lớp tôi, trường em, công
        ty em, công ty mình, cơ quan em, đồng nghiệp, tổ trưởng, trưởng thôn, chung cư em, xã em, trạm
        xá, phòng mạch, phòng khám, bán cá, bán thịt, bán rau, bán xôi, bán bún, bán vé số, bán bánh,
        bán cơm, tạp hóa, xe ôm, bảo vệ, kế toán, giữ trẻ, làm nail, con nhà, nhà bà, nhà ông, nhà số,
        con dâu bà, con bà, con ông, vợ anh, vợ ông, chồng chị, chồng bà, sếp em, giám đốc, người yêu
        cũ, bạn trai tôi, bạn cùng lớp, mà giấu!, giấu!, xác minh, xác minh hộ, xác minh giùm, kiểm tra
        giùm, kiểm tra xem, đồn!, nghe đâu, có bằng, làm chết người, my neighbor, my neighbour, my boss,
        my coworker, my colleague, my teacher, my roommate, my landlord, my classmate, our landlord, my
        ex, my office, our building, next door, my cousin, my sister in law, my boyfriend's, boyfriend,
        village chief, the lady at, the new guy, our local, near us, near me, people say so, check if,
        check whether, find out if, verify if, confirm, boyfriend a, husband's secretary, the man in, my
        mother-in-law really, from our church, at our school, our school, giúp việc, quán phở, chủ quán,
        lò vôi, rửa xe, bạn học con, người tên, tra giúp, xác nhận giúp, chồng cũ, vợ cũ, cô giáo lớp,
        is lying, vợ thầy, con anh, con chị, tên Vy có, ad tìm giúp, tìm giúp, xác minh giúp, xác nhận
        giùm, điều tra giúp, bạn gái em, bạn trai em, chủ trọ, our teacher, chung phòng, cùng phòng, bạn
        phòng, phòng bên, phòng trọ, lớp mình, lớp bên, lớp tui, lớp mk, xóm tui, xóm này, xóm dưới, hẻm
        tui, con nhỏ, thằng nhỏ, nhỏ bạn, thằng bạn, con bạn, thằng cha, bạn thân em, bạn trai cũ, vợ cũ
        của, trưởng ấp, làm cùng, làm chung, công ty tui, chỗ làm, hiệu trưởng, chị kế toán, anh giao
        hàng, chủ nhà trọ, lầu trên, the principal, principal's, from my class, in my class, my class,
        from class, in our class, the girl from, the guy from, the girl in, that girl, that guy, the guy
        who, the woman who, upstairs, downstairs, the couple, my manager, my supervisor, flatmate, my
        flatmate, the vicar, the pastor, our doctor, our nurse, our maths, our principal, her name, his
        name, the kid next, neighbor's kid, neighbour's kid, my best friend, my friend's, chủ tiệm, cô
        chủ, ông chủ, bà chủ, gần chợ, tiệm tóc, quán nhậu, quản lý chung cư, chung ký túc, bàn trên,
        bàn dưới, cùng bàn, ngồi cạnh, ngồi kế, trưởng phòng, shipper, tổ dân phố, dân phố, mẹ của bạn,
        mẹ bạn, bạn con tôi, bạn con em, cô bán, chị bán, anh bán, ông bán, chú bán, bà bán, người yêu
        của, vợ của, chồng của, vợ sắp cưới, chồng của chị, con ông chủ, con bà chủ, em họ, sits next
        to, next to me, who sits, who lives, mailman, our mailman, landlord's wife, my landlord's, my
        professor, my tenant, front desk, at our corner, the guy at, the boy from, the woman in, that
        woman, my aunt's husband, em gái bạn, anh trai bạn, chị gái bạn, con của cô, con của chú, con
        của anh, con của chị, tạp vụ, thầy bói, cơ quan tôi, on our street, my yoga teacher, my trainer,
        my kid's teacher, my barber, my landlady, our landlady, the plumber, the cashier, a guy i know,
        a girl i know
    """,
    "gossip": """
        đồng tính, gay!, les!, bê đê, nghiện, nghiện ma túy, ma túy, chơi đá, ngoại tình, cặp bồ, có bồ,
        phá thai, nạo thai, bỏ thai, có bầu, có thai, có chửa, chửa hoang, con rơi, con hoang, tâm thần,
        thần kinh, hiv, sida, si đa, bệnh xã hội, bệnh lậu, giang mai, sùi mào gà, vô sinh, ly dị, tiền
        án, ở tù, đi tù, ra tù, bị bắt, bị đuổi, say rượu, đánh vợ, hoa hồng, lấy thuốc, bán thuốc giả,
        giả bệnh, giấu bệnh, mà giấu, bị trầm cảm, tự tử, thiểu năng, mại dâm, làm gái, phẫu thuật thẩm
        mỹ, pregnant, abortion, on drugs, drug addict, addict, an addict, in rehab, rehab, mental
        hospital, suspended, fired, arrested, in jail, in prison, hiv positive, herpes, std, affair,
        cheating, lost her licence, lost his licence, lost her license, lost his license, ritalin,
        autistic, has cancer, have cancer, a lesbian, an alcoholic, drinks too much, divorced, going to
        die, suicide attempt, cai nghiện, đi cai, ăn cắp, lấy cắp, ăn trộm, xơ gan, liệt dương, đánh
        con, sắp chết, cùi!, schizophrenia, miscarriage, expelled, dealing drugs, faking, to prison,
        syphilis, been to prison, fake his, fake her, really dying, mang bầu với, bầu với ai, get
        divorced, got divorced, divorce, infected with, bị down, be hiv, secretly
    """,
    "body": """
        em bị, tôi bị, mình bị, con em, con tôi, bé nhà em, mẹ em, mẹ tôi, ba em, bố em, vợ em, chồng
        em, của em, của tôi, của con em, em đang, tôi đang, em hay, em có, tôi có, kết quả, chỉ số, xét
        nghiệm, siêu âm, phim, nốt ruồi, que 1 vạch, trễ kinh, bác sĩ ơi, bác sĩ kê, bác sĩ cho em, mấy
        hôm nay, ngày nay, tuần nay, tháng nay, đang uống, đang điều trị, i have, i've been, i've had,
        my test, my results, my blood, my mri, my period, my dad, my mom, my son, my daughter, my baby,
        my back, my tooth, my arm, my breast, my mole, my skin, my symptoms, i missed, i feel, i can't,
        do i, am i, should i, my, con em bị, con tôi bị, bé nhà em bị, bé nhà mình, bé 2 tuổi, da em, da
        đầu em, răng em, mắt em, chân em, tay em, ngực em, đầu em, bụng em, lưng em, tóc em, kinh em,
        người em, em lại bị, e bị, e bi, em vừa, tôi mới đo, em mới, cháu bị, mẹ em bị, bố em bị, ba em
        bị, vợ em bị, chồng em bị, em 2, tui bị, tui có, tui hay, tui đang, mình hay, mình có, toi hay,
        tôi hay, ba tui, má tui, mẹ tui, con tui, vợ tui, chồng tui, bé nhà tui, bé tui, của tui, của
        mình, mẹ mình, bố mình, da mặt em, lưng ba, lưng mẹ, mắt trái, tai em, cổ em, họng em, nốt đen,
        nổi cục, nổi hạch, chậm kinh, chưa có kinh, que lên, lên 2 vạch, 2 vạch, 1 vạch, vạch mờ, quan
        hệ hôm, e trễ, e chậm, e hay, cháu năm nay, mine, behind my, on my, under my, my ear, my
        mother's, my father's, my daughter's, my son's, my eye, my knee, my leg, my tongue, my stomach,
        my hair, my pee, my poop, my tsh, my sugar, my blood pressure, my ct, my scan, my lab, my labs,
        i missed my, i get, i've got, i keep, i lost, em siêu âm, em thử, thử que, vạch thứ hai, cổ tay
        em, mắt cá chân em, nước tiểu em, lưỡi con, nhìn lưỡi, con trai em, con gái em, con gái tui, con
        trai tui, ông nhà, kết quả mri, hba1c, hbsag, dương tính, tắt kinh, rong kinh, tim em, thận em,
        my toenail, my collarbone, my headaches, my wound, my left eye, my husband, my toddler, i'm 14,
        i coughed, i had unprotected, i sleep, pic attached, ultrasound says
    """,
    "self": """
        em!, e!, tôi, tui!, mình!, mk!, con em, con tôi, con tui, con mình, bé nhà, ba em, ba tui, bố
        em, mẹ em, má em, vợ em, chồng em, ông em, bà em, cháu em, em gái, em trai, toi!, minh!, i, i'm,
        i've, my, mine, me!, our son, our daughter, our baby
    """,
    "treat-me": """
        uống thuốc gì, uống gì, thuốc gì, thuốc nào, bôi gì, bôi thuốc gì, bôi kem gì, dùng kem gì, dùng
        thuốc gì, dùng nên mổ, nên bỏ, nên đổi, nên ngưng, có nên mổ, có nên ngừng, có nên ngưng, phải
        làm sao, làm sao ạ, làm thế nào ạ, là bệnh gì, bệnh gì, là bị bệnh gì, có sao không bác sĩ, đơn
        thuốc, toa thuốc, kê giúp, phác đồ, điều trị sao, chữa thế nào, chữa sao, tăng liều, giảm liều,
        ngưng thuốc, ngừng thuốc, bao nhiêu ml, có phải cắt, có phải mổ, có phải ung thư không, có phải
        tôi bị, có phải em bị, tôi có bị, em có bị, là em bị, lành hay ác, hết ạ, hết a, nhanh hết, tôi
        nên, em nên, bồi bổ, bổ sung gì, có thai không, khả năng mang thai, suốt đời không, an toàn với
        em, hợp với em, what should i stop, should i double, do i have, am i pregnant, is it cancer, is
        this, what is this, what's wrong with me, prescribe, diagnose, diagnose me, tell me if i have,
        tell from my symptoms, which antibiotic, what dose, what treatment, need surgery, need medicine,
        what should i do, is it melanoma, is it tb, can i mix, surgery or, bypass or, em nên uống, em
        nên dùng, em phải uống, em phải làm, tôi phải, tôi nên uống, nên cho uống, uống thuốc … gì, uống
        thuốc … nào, uống … gì thì, uống … nào được, uống … gì cho, cho uống … nào, cho uống … gì, cho
        con uống gì, cho bé uống gì, bôi … nào, dùng … nào tốt, dùng thuốc nào, nên bổ sung … gì, bổ
        sung … gì, nên ăn uống … ra sao, thuốc thang ra sao, uống siro nào, hay u ác, là lao hay, hay
        ung thư, của em có sao, kết quả … có sao, em có sao không, có khả năng mang thai, con tôi … có
        phải bị, con em … có phải bị, em bị … có phải, tôi bị … có phải, em … có phải ung thư, em … có
        phải bị, tôi … có phải bị, bị thoát vị, xem giúp em đơn, cho em xin toa, xin toa, mua thuốc gì,
        bệnh gì vậy, bệnh gì ạ, bị bệnh gì, bị gì ạ, bị gì vậy, khám ở đâu, khám khoa nào, có cần mổ, có
        nên phẫu thuật, mổ hay, liều bao nhiêu cho, kê đơn, tư vấn giúp em, bác sĩ tư vấn, tư vấn thuốc,
        chữa ở đâu, nên chọn … hay, điều trị thế nào ạ, em bị … điều trị, lump in my, rash on my, in my
        breast, on my arm, my … cancer, should my dad, should my mom, should my mother, should my son,
        should my wife, should my husband, for my … what, best for my, is it serious, which medicine,
        can you tell, my symptoms, should i get surgery, do i have to, không bác sĩ, không bs, bác sĩ
        xem, bs xem, xem giúp, rồi không bác sĩ, safe for me, with my kidney, how many units, what
        drops, should i use, look broken, upsets my, need a transfusion, should i give, what should i
        give, how much should i give, should i have the, switch from, my doctor suggested, causing my,
        nên tiêm hay, đặt thuốc, nên đốt, nên rơ, thì đổi thuốc, mua kháng sinh gì, là bị làm sao, bị
        làm sao, có phải uống thuốc, kháng sinh loại nào, kem nào, sữa rửa mặt nào, rửa mặt nào, u ác
        tính không, của em ác tính, có phải ác tính không, em thiếu chất gì, do i need medicine, do i
        need surgery, do i need a transfusion, uống thêm nửa viên, uống thêm … viên, thêm nửa viên, uống
        bù, bù sao, quên … viên, quên thuốc, kem nào trị, dùng kem nào, dung kem nao, theo toa nào, toa
        nào, how many … should i, pills should i, should i stop my, should i stop taking, stop my, can i
        stop my, should i take my, can i take my, can i skip, what should i take, what can i take,
        should i worry, my dose, uống mấy viên, uống mấy lần, mấy viên một ngày, uống liều, liều thế
        nào, có phải đi viện, có phải nhập viện, có nên đi khám, khám ở, có cần uống thuốc, có cần
        thuốc, giờ em uống, giờ em phải, siro nào, sữa nào, thuốc ho nào, thuốc nhỏ nào, đoán giúp, đoán
        giùm, coi giúp, coi giùm, đọc giúp em kết quả, đọc kết quả, mau khô, bôi thuốc gì mau, is my,
        does my result, what does my, read my results, interpret my, mấy ml, nhổ hay để, hay uống thuốc,
        nên tiêm insulin hay, phải điều trị chưa, điều trị chưa, cần mổ chưa, mổ chưa, uống mấy, mổ hay
        để, giữ hay bỏ, right for me, suitable for me, chẩn đoán giúp, chẩn đoán giùm, chẩn đoán, chan
        doan, có bầu không, có bầu ko, có thai chưa, là có thai, là có bầu, có thai không vậy, em có
        bầu, e có bầu, mình có thai, con thiếu chất, thiếu chất gì, thiếu vitamin gì, kê thuốc, kê giùm,
        kê toa, nhìn giúp, nhìn hình, xem hình, coi hình, xem hộ, coi hộ, có phải ung thư hông, có phải
        ung thư ko, chắc là … phải, chắc em bị, chắc tui bị, chắc tôi bị, chắc mình bị, tui bị … phải,
        bị gì vậy bác sĩ, có nặng hông, có đáng lo, tiểu đường chưa, phải uống thuốc không, tăng liều
        lên, có nên cắt, nên cắt hay, nên nhổ hay, nhổ luôn hay, nên mổ hay, uống liều bao nhiêu, thuốc
        nào tốt, còn cao được, tự có con, sinh con được không ạ, is mine, is hers, is his, is my …
        cancer, do i have cancer, does my kid have, does my son have, does my daughter have, am i
        anemic, am i diabetic, could i be, what do i have, read my, look at my, look at this, here is
        my, what's causing, am i missing, or arthritis, which pill, which blood pressure pill, should i
        up my, should i lower my, is that a uti, how bad is it, đậu thai chưa, có thai nổi, có hư không,
        giảm thuốc được chưa, ngưng thuốc … được chưa, ngừng thuốc … được chưa, giờ em uống sao, nhỏ
        thuốc gì, xài serum nào, dùng serum nào, uống thuốc gì cho, đọc điện tim, đọc giùm, đọc giúp,
        nhờ đọc, có phải còi xương, em có vô sinh không, suits me, is it my, is it hiv, or melanoma, or
        milk, what is wrong, tell me what this, what could this, need an operation, need a helmet, need
        an iron, will i grow, will i need, ok for me, am i having, are my, mean i'm, mean i have, come
        off his, come off her, hay xanh đây, nhỏ lọ nào, bôi thuốc nào, thoa gì, thoa thuốc gì, đắp gì,
        bó nẹp, có cần bó, ha bs, hả bs, vậy bs, hả bác sĩ, vậy bác sĩ, ha bac si, chưa bác sĩ, rồi phải
        không bác sĩ, parkinson hay, or bladder, or wait, what do you make of, does he have, does she
        have, should i give her, should i give him
    """,
    "abuse": """
        đồ thằng ngu như, óc chó, óc bò, thằng óc, đồ chó, chó má, con đĩ!, đĩ!, địt!, đụ!, đm, dm, dcm,
        đcm, đ.m, vcl, vãi!, cặc!, lồn!, khốn nạn, vô học, súc sinh, mẹ mày!, mẹ chúng mày!, chúng mày!,
        tụi bây, bọn mày!, bọn bây, bon bay, mày!, tao!, cút!, câm mồm, im đi, chết đi, chết hết đi,
        chết mẹ, chết cụ, đập vỡ, đến tận nhà, xiên chết, đuổi hết, cấm hết, bắn bỏ, thiêu hết, nhốt,
        tống cổ, mọi rợ, bẩn thỉu, dơ dáy, hôi hám, trộm cắp, bê đê, đồ già, đồ lợn, bán nước, rác rưởi,
        tin rác, chật đất, fuck, fucking, shit, bitch, bastard, asshole, idiot, idiots, moron, morons,
        retard, retards, scum, liars, shut up, go die, drop dead, go to hell, deserve to die, kill you,
        burn your, filthy, disgusting, terrorists, kick them out, ban them, ban them all, lock them up,
        kill all, be shot, ngu ngu vãi, ngu quá, ngu thế, do ngu, dumb idiots, you idiots, filthy
        animals, stupid cows, tao giết, tao giet, tao biết nhà, tao biet, tao đốt, tao den, may la, may
        noi, mày nói, me may, bon may, tui bay, chung may, lu me may, cho may, du ma, clgt, con dĩ, toàn
        lũ, toàn là lũ, toàn trộm cắp, toàn lừa đảo, bọn lừa đảo, lũ lừa đảo, bay lừa đảo, toàn mang
        bệnh, đuổi đi, đuổi hết đi, cấm cửa, nên bắn, nên nhốt, chết sớm, cho sạch đất, đồ khốn, con mụ,
        thằng cha, are dirty, are animals, are terrorists, paid liars, dumb idiot, ngu như bò, lười như,
        luoi nhu, ngu dốt, lũ dốt, tin rác rưởi, web rác, muslims are, gays are, women are, black people
        are, bọn … chết, bọn … đuổi, bọn … cấm, bọn … cho sạch, bọn … bệnh hoạn, bọn … toàn, lũ … toàn,
        lũ … chết, lũ ngu, lũ chó, lũ khốn, bọn khốn, bọn chó, bọn ngu, lũ bê đê, bọn bê đê, bọn đạo,
        bọn khuyết tật, bọn nghiện, mấy thằng nghiện, bọn di cư, lũ nhập cư, bọn ngoại quốc, mấy thằng …
        bắn, đồ rác, đồ ăn hại, ăn hại, giết cả nhà, giết chết mày, nên giết, giết sạch, giết hết, bon …
        duoi, bon … chet, dân tộc thiểu số toàn, lũ mọi, mẹ kiếp, thằng ngu học, mẹ mồm, kill yourself,
        get rid of them, get cancer and die, are vermin, burden, hope you all, im mẹ, im me mom, dồ
        khùng, đồ khùng, lũ điên, garbage site, screw you, bị ngu, ngu như, mất dạy, câm mõm, câm họng,
        lũ ăn hại, lu an hai, biến hết, biến đi, cút đi, cút về, đồ điên, súc vật, con điên, thối tha,
        đồ lừa đảo, lừa đảo mất dạy, cho chết, chết quách, vl, đmm, dmm, clm, cmm, you stupid, stupid
        pigs, pigs, scumbag, fuck you, fuck off, bastards, rot in hell, rats, vermin, disease-ridden,
        should all get, should all die, hang them, shoot them, cút về quê, ở dơ, nhu cc, như cc, ngu như
        lợn, ngu nhu lon, đập nát, đốt nhà, chó đẻ, locked up, left to die, should be locked, lying
        mouths, burn them
    """,
    "elsewhere": """
        giá vàng, giá xăng, điện thoại nào, laptop, máy tính, wifi quên, mật khẩu, hack, mưa!, nắng
        không, xổ số, đá banh, bóng đá, bài văn, bài toán, làm thơ, dịch giùm, mã giảm tử vi, cung!,
        tuổi tuất, tuổi mão, xem bói, xem hướng, mơ thấy, lãi suất, ngân hàng, đổi tiền, bitcoin, chứng
        khoán, vé máy bay, hộ chiếu, thủ tục, giấy tờ, bằng lái, đăng ký, kết hôn, sang tên, lịch!, cúp
        điện, tổng đài, điểm chuẩn, đại học, biên chế, phim gì, rạp!, mua nhà, lừa đảo, phạt nguội,
        trúng thưởng, động đất, trái đất, ma!, người ngoài hành tinh, tận thế, iphone, samsung, xe máy,
        nhớt, tivi, ô tô, đặt tên, lễ hội, cầu thủ, ghi bàn, hát!, công thức, cách nấu, cách làm,
        trồng!, bón phân, gà chọi, cá koi, sạc!, pin!, chào!, hello, alo, cảm ơn, ok!, hi, nghỉ mấy
        ngày, du lịch!, blue screen, poem, world cup, tire, math, homework, flight, ghosts, joke,
        recipe, gmail, hacked, password, windows, lyrics, movie, football, hi there, thanks, who won,
        how do i fix, how to change, gia vang, gia xang, giá bao nhiêu, bao nhiêu tiền, hỏi giá, nick
        zalo, zalo bị hack, acc facebook, có mưa, mua khong, lam tho, hat cho nghe, con meo, capital of,
        stock price, moon landing, electric cars, ruin the battery, chao ad, alo co ai, trời mưa, mua
        xe, mua máy, sửa máy, cài lại, win 10, tuổi tý, làm ăn, lam an duoc, hợp phong thủy, xem giúp
        quẻ, viết hộ, viet ho, viet giup, giá hôm nay, mua vàng, vàng lúc này, vàng hôm nay, weather in,
        weather tomorrow, the weather like, thời tiết hôm nay, thời tiết ngày mai, thời tiết cuối tuần,
        thời tiết ở, stocks, stock what time is it, translate this, translate hello, bạn là ai, ban la
        ai, đi sapa, mua ở đâu rẻ, xem quẻ, bằng lái xe, ra số mấy, mấy giờ đá, sửa win, đặt vé, thuê
        nhà, nhà trọ, tuyển dụng, việc làm, lương bao nhiêu, học phí, thi đại học, điểm thi, gấp bao
        nhiêu tiền, trending, ca sĩ, diễn viên, concert, game, mật mã, tài khoản, số dư, chuyển tiền,
        vay tiền, mượn tiền, đổi bằng, cccd gắn chip, nộp phạt, bắt cóc, tăng giá, giá điện, kiếm tiền,
        nổi tiếng, quán ăn, áo dài, ai viết, ai phát minh, phát minh ra, name my, who are you, ufos,
        stains, places to visit, scam, good morning, puppy, magnets work, write an email, who wrote, xe
        buýt, tàu hỏa, vé tàu, vé xe, kẹt xe, đường sắt, cao tốc, sân bay, chuyến bay, trả góp, mua trả
        góp, khuyến mãi, giảm giá, siêu thị, shopee, lazada, tiki, ship hàng, đơn hàng, cách nướng, làm
        bánh, nấu phở, kho cá, món gì ngon, ăn gì ngon, nhà hàng, khách sạn, homestay, kết quả thi, thi
        lớp, lớp 10, tốt nghiệp, tuyển sinh, học bổng, bài tập, luận văn, vô địch, sea game, sea games,
        đội tuyển, trận đấu, bàn thắng, huy chương, dịch giúp, dịch hộ, dịch sang, sang tiếng anh, tiếng
        anh, tiếng trung, cúp nước, mất điện, mất nước quận, thu phí, facebook sắp, zalo sắp, tiktok bị,
        tài khoản facebook, lên sóng, biển số, đấu giá, triệu phú, tỷ phú, lương hưu, lương cơ sở, lương
        tối thiểu, bảo hiểm xã hội, thất nghiệp, thuế, hoàn thuế, sổ đỏ, hợp đồng, ly hôn, thừa kế,
        kiện!, tòa án, phường, công chứng, căn cước, visa, xuất cảnh, tuổi ngọ, tuổi dần, tuổi sửu, tuổi
        tỵ, tuổi thân, tuổi hợi, tuổi mùi, tuổi dậu, tuổi thìn, lấy vợ tuổi, hợp tuổi, ngày tốt, cúng,
        khai trương, động thổ, phong thủy, bói toán, cung hoàng đạo, số đề, vé số, sao hỏa, mặt trăng,
        vũ trụ, động vật nào, thủ đô, dân số, sông nào, núi nào, nước nào lớn, vua nào, năm nào, thế kỷ,
        lịch sử, chiến thắng, buổi sáng ad, chúc ngày mới, chúc ad, ngày mới vui, cảm ơn ad, cám ơn ad,
        ad tên gì, ad ơi ad, xin chào, laptop for, phone for, coding, programming, python code, excel,
        printer, wi-fi, router, youtube channel, instagram, painted, painter, mona lisa, novel, author,
        composer, nasa, aliens, mars, planet, exchange rate, dollars, euro, mortgage, rent, landlord
        raise, visa to, passport, bus, train to, restaurant, cake, bake, how to cook, capital,
        population, president of, king of, world war, dinosaurs, bible, horoscope, zodiac, lottery,
        olympics, soccer, basketball, tennis, song, singer, actor, celebrity, netflix, christmas gift,
        birthday gift, garden, tomatoes grow, car engine, motorbike, flat earth, earth flat, crypto,
        gold price, fix my, my phone, my laptop, my computer, thanks admin, good evening, how are you,
        trồng cây, trồng hoa, cây cảnh, máy giặt, máy lạnh nào, tủ lạnh nào, xe điện, xe nào, xăng, sửa
        xe, bằng a1, thi bằng, phần mềm, điện thoại gì, sim, sim rác, khóa sim, mạng chậm, wifi chậm,
        quên mật, code, lỗi máy, năm nay tết, tết vào, tết ngày nào, xe xăng, cấm xe, lời chúc, chúc
        sinh nhật, bigfoot, ufo, nobel, đảo, vịnh, thác, hồ nào, đóng cửa, mở cửa, mấy giờ, giờ mở cửa,
        âm lịch, lịch âm, ngày mấy, kinh tế, tài chính, doanh nghiệp, đầu tư, cho vay, vay nóng, tỷ giá,
        tỉ giá, yên nhật, giá yên, đồng yên, giá đô, đô la, tỷ giá won, ngoại tệ, đất nền, bán đất, tiền
        ảo, chất xám, bệnh thành tích, nghỉ tết, nghỉ lễ, lịch nghỉ, nghỉ mấy, nghỉ từ ngày, được nghỉ,
        điện thoại … virus, điện thoại … nhiễm, máy tính … virus, máy tính … nhiễm, laptop … virus, diệt
        virus, mã độc, tin nhắn lung tung, nóng máy, file, wifi, lúa!, đạo ôn, ruộng, bón gì, vàng lá,
        cây mai, cây bông, heo nái, ve rận, bị rù, hư gì, đề không nổ, tủ lạnh, khuyến mại, ở quận mấy,
        mở cửa 24h, giữ xe, sanh con năm, năm nào hạp, đánh con gì, đóng vai, ca sĩ nào, điều dưỡng ra
        lương, nước hoa nào, giá nhà, economy, economic, house prices, housing market, the dollar,
        market, investment, invest, interest rate, interest rates, loan, a loan, loans, currency, rupee,
        japanese yen, pyramid scheme, malware, computer, caught a virus, tomato plant, my plants, my
        plant, rose bush, basil, aphids, blight, rust on, goldfish, hamster, car battery, public
        holiday, holidays, drama, playlist, app down, bank's app, what time does, how much does a, earn
        in, plane crash, into korean, into french, into english, orchid, orchids, sourdough, dough,
        jailbreak, ipad, tablet won't, litter box, park near, airline, cheapest, recipe for, instagram
        legit, visit hoi an, time to visit, root rot, prison!, cây lan, cây chanh, thối rễ, rầy trắng,
        poodle, con mèo em, chó nhà, bếp từ, báo lỗi, heo hơi, giá heo, giá thịt, giá cà phê, sữa chua
        dẻo, muối dưa, đăng nhập, làm lại thẻ, làm lại ở đâu, mấy giờ làm việc, lịch khám, lịch tiêm,
        hôm nào tiêm, rơi vào ngày, bị treo, app!, ứng dụng, the crypto, score of, tải nhạc, tải phim,
        tải app, drone, deliver to, delivery to, giao hàng, đặt hàng, phân bón, một lứa, con giống, bảo
        hiểm ô tô, bảo hiểm xe, nhà đất, chung cư giá, thuê xe, mua điện thoại, mua laptop, card màn
        hình, đồ án, luận án, deadline môn, điểm danh, học online, tiếng nhật, tiếng hàn, tóm tắt sách,
        sách gì, truyện nào, phim nào, nhạc nào, cầu hôn, quà sinh nhật, tổ chức tiệc, trang trí, xây
        nhà, sửa ống nước, ống nước, thợ sơn, mái tôn, cửa cuốn, camera, loa, tai nghe, màn hình, bàn
        phím, chuột máy tính, máy in, máy ảnh, xe tải, xăng xe, phạt giao thông, đăng kiểm, cà vẹt, thi
        tốt nghiệp, tuyển thủ, bàn thua, hlv, huấn luyện viên, keyboard, headphones, camera settings,
        spreadsheet, javascript, server, website, domain, subscription, refund, my order, tracking
        number, parcel, hotel, hostel, itinerary, landlord's deposit, tax return, salary, resume, cover
        letter, interview, essay, history of the, roman, quantum, black hole, volcano, chess, guitar,
        piano, concert tickets
    """,
}
_CAP = 4
_TELLING = 3
# "tỏi?" is a question about health, if a short one.
_TOO_SHORT = 3
_LONG_STORY = 9
_LONG_QUESTION = 45


@cache
def _signs() -> Phrases:
    return Phrases(
        (phrase, name, name) for name, listed in SIGNS.items() for phrase in map(str.strip, listed.split(",")) if phrase
    )


# --- from words to numbers -------------------------------------------------------

BUCKETS = 4096
_NAME_MARK = PLACEHOLDERS["name"]
_WORDS_READ = 400
_NUMBER = re.compile(r"[0-9]")
_TITLED = re.compile(
    r"\b(?:[Tt]hằng|[Tt]hang|(?:[Cc]on )?(?:nhỏ|nho|bé)|[Cc]ái|(?:[Bb]ác|[Bb]ac) s[ĩi]|(?:her|his) name(?: is)?|[Aa]nh|[Cc]hị|[Cc]ô|[Cc]hú|[Bb]ác|[Ôô]ng|[Bb]à|[Tt]hầy|[Bb]ạn|[Bb]é|[Dd]ì|[Cc]ậu|M(?:rs|r|s)\.?) [A-ZĐÀ-ÖØ-Ý]\w+"
)


def features(text: str) -> Features | None:
    """A question as hashed word groups (their buckets), hand-made numbers, signs counted, and
    whether somebody is named; None without a word."""
    words = read(text)[:_WORDS_READ]
    if not any(word.plain[:1].isalpha() for word in words):
        return None
    plain = ["#" if _NUMBER.search(word.plain) else word.plain for word in words]
    grams = set(plain) | {f"{a} {b}" for a, b in pairwise(plain)}
    grams |= {f"{a} _ {b}" for a, b in zip(plain, plain[2:], strict=False)}
    grams |= {f"^{' '.join(plain[:2])}", f"{' '.join(plain[-2:])}$"}
    buckets = np.fromiter((zlib.crc32(gram.encode()) % BUCKETS for gram in grams), np.int64)
    counts = dict.fromkeys(SIGNS, 0)
    bare = without_marks(words)
    for hit in _signs().find(words):
        # "da", "ho", "dich" without marks may be anything; "nam" and "men" among marked or English words is no "nấm".
        if not (hit.unsure and (not bare or (hit.end - hit.start == 1 and len(words[hit.start].plain) < _TELLING))):
            counts[hit.group] += 1
    counts["words"] = len(words)
    named = _NAME_MARK in text or _TITLED.search(text) is not None or "name" in scrub(text[:1000]).removed
    return np.unique(buckets), np.array(list(_hand(counts, plain, named)), np.float32), counts, named


def _hand(counts: dict[str, int], plain: list[str], named: bool) -> Iterable[float]:
    size = len(plain)
    health = counts["illness"] + counts["care"] + counts["food"]
    for count in (counts[name] for name in SIGNS):
        yield min(count, _CAP) / _CAP
        yield float(count > 0)
    yield float(health == 0)
    yield float(health == 0 and size <= 3)
    yield float(named)
    yield float(named and counts["illness"] > 0)
    yield float(counts["body"] > 0 and counts["treat-me"] > 0)
    yield float(counts["body"] > 0 and counts["asks"] > 0)
    yield float(counts["treat-me"] > 0 and counts["asks"] == 0)
    own = counts["self"] > 0
    yield float(own and counts["food"] == 0 and counts["effect"] == 0)
    yield float(own and counts["illness"] > 0 and counts["food"] == 0 and counts["asks"] == 0)
    yield float(own and counts["open"] + counts["treat-me"] > 0)
    yield float(counts["effect"] > 0 and counts["asks"] > 0 and health > 0)
    yield float(counts["illness"] > 0 and counts["food"] > 0)
    yield float(named and counts["food"] == 0 and counts["effect"] == 0)
    yield float(counts["neighbour"] > 0 and counts["food"] == 0 and counts["effect"] == 0)
    yield float(counts["neighbour"] > 0 and counts["gossip"] > 0)
    yield float(counts["gossip"] > 0 and counts["food"] == 0 and counts["effect"] == 0)
    yield float((counts["neighbour"] > 0 or named) and counts["gossip"] > 0 and counts["effect"] == 0)
    yield float(counts["elsewhere"] > 0 and health == 0)
    yield float(counts["elsewhere"] >= max(1, health))
    yield float(counts["opinion"] > 0 and counts["effect"] == 0)
    yield float(counts["open"] > 0 and counts["asks"] == 0)
    yield float(counts["body"] > 0 and counts["open"] > 0 and counts["asks"] == 0)
    yield float(counts["body"] > 0 and "#" in plain and counts["asks"] == 0)
    yield float(counts["body"] > 0 and counts["food"] == 0 and counts["asks"] == 0)
    yield float(named and counts["illness"] > 0 and counts["food"] == 0 and counts["effect"] == 0)
    yield float(counts["politics"] > 0 and counts["care"] > 0 and counts["asks"] > 0)
    yield float(size > 40)
    yield 1.0


def _says_nothing_of_health(found: Features) -> bool:
    _, _, counts, _ = found
    size = counts["words"]
    return size > _TOO_SHORT and not any(counts[group] for group in ("illness", "care", "food", "effect"))


def _has_reason(why: Why, found: Features, chance: float) -> bool:
    """Words alone turn nothing away: a question is declined only for a sign a person can point at."""
    _, _, counts, named = found
    health = counts["illness"] + counts["care"] + counts["food"]
    # Forwards and long stories mention everything on the way to what they claim.
    if health >= _LONG_STORY:
        return why == "abuse" and counts["abuse"] > 2
    if why == "non_health":
        return (
            health == 0
            or counts["elsewhere"] >= max(1, min(health, 2))
            or (counts["elsewhere"] > 0 and (health < 2 or chance < _SURELY_NOT))
        )
    if why == "private_person":
        return counts["words"] <= _LONG_QUESTION and (named or counts["neighbour"] + counts["gossip"] > 0)
    if why == "personal_medical" and counts["words"] > _LONG_QUESTION:
        return counts["treat-me"] > 0 and counts["body"] > 0
    if why == "personal_medical":
        return any(counts[group] for group in ("treat-me", "body", "self", "open"))
    return counts[why] > 0


def _chances(found: Features, meaning: NDArray[np.float32] | None) -> NDArray[np.float32]:
    buckets, hand, _, _ = found
    words, by_hand = load(WEIGHTS if meaning is None else WEIGHTS_WITH_MEANING)
    if meaning is not None:
        hand = np.concatenate([hand, meaning])
    scores = words[buckets].sum(axis=0) / np.sqrt(len(buckets)) + hand @ by_hand
    raised = np.exp(scores - scores.max())
    chances: NDArray[np.float32] = raised / raised.sum()
    return chances
